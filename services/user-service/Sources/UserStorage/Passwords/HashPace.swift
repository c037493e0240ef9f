import Foundation

/// How hashing gives way to those who wait for the processor.
///
/// A low priority is not enough. It counts among the threads of one container or session, and the scheduler shares the
/// processors out among those first; a thread that is always ready to run, however low, also hides from the load
/// balancer that its processor has time for others, which then queue up elsewhere for a tenth of a second. So a hash
/// that was itself kept waiting is followed by a rest. Where nobody else wants the processor there is no wait, and no
/// rest.
enum HashPace {
    /// After one time the hash's own, other requests' 99th percentile nearly doubles; after two it grows by a third.
    private static let restPerHash = 2

    /// Runs `work`; returns how long to rest after it.
    static func run(_ work: () -> Void) -> Duration {
        let began = ContinuousClock.now
        let used = threadTime()
        work()
        return rest(elapsed: ContinuousClock.now - began, used: threadTime() - used)
    }

    /// - Parameters:
    ///   - elapsed: how long the work took.
    ///   - used: how much of that the thread had a processor.
    static func rest(elapsed: Duration, used: Duration) -> Duration {
        // Less than a third is what lanes cost each other, and the odd short task.
        elapsed - used > used / 3 ? used * restPerHash : .zero
    }

    /// Read as the two words a `timespec` is: which module its members belong to depends on the order of the build.
    private static func threadTime() -> Duration {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2) { words in
            words.initialize(repeating: 0)
            let time = UnsafeMutableRawPointer(words.baseAddress!).assumingMemoryBound(to: timespec.self)
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, time)
            return .seconds(words[0]) + .nanoseconds(words[1])
        }
    }
}
