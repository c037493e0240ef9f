import DomainKit
import Foundation
import Hummingbird
import NIOCore
import ObjectStorage
import VideoDomain
import VideoHTTP
import VideoStorage

/// For a store that answers its signed URLs itself: none of ours is good but those of renditions, and of these the texts alone come from
/// here, since what they name is beside them. The rest is the store's to send.
struct BucketMediaGate<Store: ObjectReading & ReadSigning>: MediaGate {
    typealias File = SignedFile

    private static var linkLife: TimeInterval { 300 }
    private static var longestText: Int64 { 16 << 20 }

    let store: Store
    let door: RenditionDoor
    let clock: any WallClock

    func open(path: String, query: String) async throws -> SignedFile {
        throw Failure.linkInvalid
    }

    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String {
        throw Failure.linkInvalid
    }

    func rendition(_ ticket: String, _ name: String) async throws -> RenditionAnswer {
        let ticket = try await door.open(ticket)
        guard let key = ObjectKey(ticket.key(of: name).text) else { throw Failure.linkInvalid }
        do {
            guard RenditionFile.isText(name) else {
                let signed = try await store.signedURL(
                    for: key, as: Presentation(contentType: RenditionFile.contentType(of: name) ?? ""),
                    until: min(ticket.expiry, clock.now + Self.linkLife))
                return .elsewhere(signed.url)
            }
            var text = ByteBuffer()
            for try await piece in try await store.read(key, range: 0..<Self.longestText) {
                text.writeImmutableBuffer(piece)
            }
            return .text(text)
        } catch ObjectStoreError.objectNotFound {
            throw Failure.videoNotFound
        } catch let error as ObjectStoreError {
            throw Failure.unavailable("object-store", cause: error)
        }
    }
}
