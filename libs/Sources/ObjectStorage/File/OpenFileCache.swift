import Foundation
import Synchronization

/// Objects that were read a moment ago, kept open: a player asks for one file in hundreds of ranges.
///
/// An open file says itself whether it still is the object: once deleted or replaced it has no name left. So whoever
/// finds one here asks the descriptor, which is in memory, and never the disk.
///
/// Not `Caching.RecentlyUsed`, which lets go of half of what it holds at once, also on a look: here that closes files, and
/// the last close of a large one that another process deleted frees its blocks, for which an event loop must not wait. One
/// file makes room for one, on the pool's thread that opened it.
final class OpenFileCache: Sendable {
    static let capacity = 64

    private struct Entry {
        let file: OpenFile
        var lastUse: UInt64
    }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
        var uses: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The open object with what is known of it. Nil when it was not read lately or is gone.
    func file(_ key: ObjectKey) -> (OpenFile, stat)? {
        let file = state.withLock { state -> OpenFile? in
            state.uses += 1
            state.entries[key]?.lastUse = state.uses
            return state.entries[key]?.file
        }
        guard let file else { return nil }
        guard let status = try? file.status(), status.st_nlink > 0 else {
            remove(key)
            return nil
        }
        return (file, status)
    }

    /// Keeps `file`; the one unused for longest goes when there is no room.
    func insert(_ file: OpenFile, _ key: ObjectKey) {
        state.withLock { state in
            if state.entries.count >= Self.capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
            }
            state.uses += 1
            state.entries[key] = Entry(file: file, lastUse: state.uses)
        }
    }

    /// Lets go of a deleted object, whose room on the disk is free once nobody reads it any more.
    func remove(_ key: ObjectKey) {
        state.withLock { $0.entries[key] = nil }
    }
}
