import Glibc

/// The clock that never goes back, in nanoseconds since some fixed moment: what elapsed time and deadlines are counted by.
///
/// Cheaper to read and to keep than a `ContinuousClock.Instant`; one value for all readers in a process, and for no other.
public enum Monotonic {
    public static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
