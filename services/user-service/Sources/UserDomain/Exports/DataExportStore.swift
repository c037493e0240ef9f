public import DomainKit
public import Foundation
public import IdentityEvents

/// Where exports and their pieces are kept. Every method fails with `unavailable` when the store is away.
public protocol DataExportStore: Sendable {
    /// Begins an export under this id, in the place of the account's former one, and tells the owner. One that was begun within a
    /// day is the one that is meant, whatever came of it, and then nothing is told.
    ///
    /// - Parameters:
    ///   - session: that of whoever asks.
    ///   - device: theirs as well.
    ///
    /// Nil where there is no such account.
    func begin(
        _ id: DataExportID, of user: UserID, in session: SessionID?, on device: Device
    ) async throws -> DataExport?

    /// One's own export; nil for another's, and for one whose time is over.
    func export(_ id: DataExportID, of user: UserID) async throws -> DataExport?

    /// Some of the running exports that the service has not given its whole part of, in no order: those of which it cannot give
    /// any keep no others from being given.
    func tasks(of service: String) async throws -> [ExportTask]

    /// Takes a piece, if it is the next one; a repeat changes nothing. What is too much makes the export fail.
    ///
    /// Fails: `exportNotFound`, unless it is running.
    func take(_ piece: ExportPiece, number: Int, of id: DataExportID, from service: String) async throws

    /// The files of a ready export in the order of the archive, without those in which there is nothing; nil for any other.
    func files(of id: DataExportID, of user: UserID) async throws -> [DataExportFile]?

    /// Part of a file's content; nil when it is gone.
    func content(of file: DataExportFile, in id: DataExportID, range: Range<Int>) async throws -> Data?
}

/// A file in an archive.
public struct DataExportFile: Sendable, Hashable {
    public let service: String
    public let number: Int
    public let kind: String
    public let checksum: UInt32
    public let size: Int

    public init(service: String, number: Int, kind: String, checksum: UInt32, size: Int) {
        self.service = service
        self.number = number
        self.kind = kind
        self.checksum = checksum
        self.size = size
    }

    /// `chat-service/0007-messages.json`.
    public var name: String {
        let digits = String(number)
        return "\(service)/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)-\(kind).json"
    }
}

extension Failure {
    public static var exportNotFound: Failure {
        Failure(.notFound, code: "user.export-not-found", message: "There is no such export, or its time is over.")
    }

    public static var exportNotReady: Failure {
        Failure(.conflict, code: "user.export-not-ready", message: "This export is not ready.")
    }
}
