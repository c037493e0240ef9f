import Foundation
import ObjectStorage
import Synchronization

/// Signed URLs that were found good, so that the hundreds of range requests of one playback pay for one signature.
///
/// Good is a property of the whole URL: nothing but the same bytes finds it again, and the expiry is asked every time.
final class GrantCache: Sendable {
    static let capacity = 4_096

    private let grants = Mutex<[String: URLSigner.Grant]>([:])

    /// Nil when this URL was not seen, or has expired.
    func grant(_ path: String, _ query: String, now: Date) -> URLSigner.Grant? {
        let url = path + "?" + query
        return grants.withLock { grants in
            guard let grant = grants[url] else { return nil }
            if now < grant.expiry { return grant }
            grants[url] = nil
            return nil
        }
    }

    /// Forgets all others when there is no room: they are cheap to check again, and live for minutes only.
    func insert(_ grant: URLSigner.Grant, _ path: String, _ query: String) {
        grants.withLock { grants in
            if grants.count >= Self.capacity { grants.removeAll(keepingCapacity: true) }
            grants[path + "?" + query] = grant
        }
    }
}
