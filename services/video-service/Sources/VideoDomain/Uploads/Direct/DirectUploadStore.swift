public import DomainKit
public import Foundation

/// How far an upload of numbered parts is.
public enum DirectStep: Sendable, Hashable {
    /// The store is about to be asked to put the parts together; they are to have that SHA-256, if it is known.
    case completing(sha256: String?)
    /// The store knows its bytes by another name from now on.
    case moved(to: MediaUpload)
    /// It takes parts again.
    case active
}

/// The port to uploads of numbered parts. Fails: `unavailable`.
public protocol DirectUploads: Sendable {
    /// The upload, with an end of its life that is no earlier than `expiry` where it takes parts.
    func extend(_ id: UploadID, of owner: UserID, to expiry: Date) async throws -> Upload?

    /// Notes how far it is, under its lease, which stays as it is.
    func note(_ step: DirectStep, of id: UploadID, _ lease: Lease) async throws -> Checkpoint
}
