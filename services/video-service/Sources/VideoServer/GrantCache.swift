import Caching
import Foundation
import ObjectStorage
import Synchronization
import VideoDomain
import VideoStorage

/// Signed URLs that were found good, so that the hundreds of range requests of one playback pay for one signature.
///
/// Good is a property of the whole URL: nothing but the same bytes finds it again. Whether its time is over and whether its
/// holder still counts is asked every time, and not kept here.
final class GrantCache: Sendable {
    final class Entry: Sendable {
        let grant: URLSigner.Grant
        let holder: LinkHolder
        private let seen = Mutex<Int64?>(nil)

        init(grant: URLSigner.Grant, holder: LinkHolder) {
            self.grant = grant
            self.holder = holder
        }

        /// Whether the holder was found to be allowed since this change.
        func knows(_ change: AccessChange) -> Bool { seen.withLock { $0 == change.mark } }

        func learn(_ change: AccessChange) { seen.withLock { $0 = change.mark } }
    }

    private static let capacity = 4_096

    private let entries = Mutex(RecentlyUsed<String, Entry>(capacity: capacity))

    /// Nil when this URL was not seen, or has expired.
    func entry(_ path: String, _ query: String, now: Date) -> Entry? {
        let url = path + "?" + query
        return entries.withLock { entries in
            guard let entry = entries.value(for: url) else { return nil }
            if now < entry.grant.expiry { return entry }
            entries.remove(url)
            return nil
        }
    }

    func insert(_ entry: Entry, _ path: String, _ query: String) {
        entries.withLock { $0.insert(entry, for: path + "?" + query) }
    }
}
