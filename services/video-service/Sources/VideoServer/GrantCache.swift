import Caching
import Foundation
import ObjectStorage
import Synchronization

/// Signed URLs that were found good, so that the hundreds of range requests of one playback pay for one signature.
///
/// Good is a property of the whole URL: nothing but the same bytes finds it again, and the expiry is asked every time.
final class GrantCache: Sendable {
    private static let capacity = 4_096

    private let grants = Mutex(RecentlyUsed<String, URLSigner.Grant>(capacity: capacity))

    /// Nil when this URL was not seen, or has expired.
    func grant(_ path: String, _ query: String, now: Date) -> URLSigner.Grant? {
        let url = path + "?" + query
        return grants.withLock { grants in
            guard let grant = grants.value(for: url) else { return nil }
            if now < grant.expiry { return grant }
            grants.remove(url)
            return nil
        }
    }

    func insert(_ grant: URLSigner.Grant, _ path: String, _ query: String) {
        grants.withLock { $0.insert(grant, for: path + "?" + query) }
    }
}
