import Glibc

/// Nanoseconds of the monotonic clock; cheaper to read and to keep than a `ContinuousClock.Instant`.
typealias Nanoseconds = UInt64

func monotonicNow() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
