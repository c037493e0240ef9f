public import DomainKit

/// Takes videos out for good that were taken down and whose time is over, with their bytes.
///
/// Whatever is decided about one meanwhile counts. May be done by several at once. Fails: `unavailable`; the next round goes on.
public struct EraseRemoved<Videos: VideoStore, Cleanup: MediaCleaning>: Sendable {
    let videos: Videos
    let removals: any RemovalStore
    let cleanup: Cleanup
    let clock: any WallClock

    public init(videos: Videos, removals: any RemovalStore, cleanup: Cleanup, clock: any WallClock) {
        self.videos = videos
        self.removals = removals
        self.cleanup = cleanup
        self.clock = clock
    }

    /// `limit` videos at most; returns how many went.
    public func callAsFunction(_ limit: Int = 100) async throws -> Int {
        var erased = 0
        for video in try await removals.overdueRemovals(at: clock.now, limit: limit) {
            if case .done = try await videos.delete(video.id, version: video.version) { erased += 1 }
        }
        if erased > 0 { await cleanup.soon() }
        return erased
    }
}
