import DomainKit
import Hummingbird
import VideoHTTP

/// For a store that answers its signed URLs itself: none of ours is good.
struct ClosedMediaGate: MediaGate {
    func open(path: String, query: String) async throws -> SignedFile {
        throw Failure.linkInvalid
    }

    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String {
        throw Failure.linkInvalid
    }
}
