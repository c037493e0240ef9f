internal import Synchronization

/// What the client counted since it was made.
public struct RedisStatistics: Sendable, Hashable {
    /// Commands waiting or under way now.
    public var outstandingCommands: Int
    /// Publications without a waiter that failed.
    public var failedPublications: Int
}

final class RedisCounters: Sendable {
    let failedPublications = Atomic<Int>(0)
}

extension RedisClient {
    public var statistics: RedisStatistics {
        RedisStatistics(
            outstandingCommands: lane.outstanding,
            failedPublications: counters.failedPublications.load(ordering: .relaxed))
    }
}
