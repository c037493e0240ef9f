import Foundation
import NIOCore
import ObjectStorage
import VideoHTTP
import VideoStorage

/// A file of renditions, for whoever the door has let in.
struct StoredRendition: MediaFile {
    let file: OpenObject
    let contentType: String
    let door: RenditionDoor
    let ticket: RenditionTicket

    var size: Int64 { file.info.size }
    var etag: String { file.info.etag }
    var modified: Date { file.info.modified }
    var filename: String? { nil }

    var right: ReadingRight { door.right(of: ticket) }

    func mayStillBeRead() async -> Bool { (try? await door.requireGood(ticket)) != nil }

    func isCached(_ range: Range<Int64>) -> Bool { file.isCached(range) }

    func cache(_ range: Range<Int64>) async { await file.cache(range) }

    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {
        try await file.withHandle(body)
    }
}
