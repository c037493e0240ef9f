/// A time of `Monotonic`, or a length of it.
typealias Nanoseconds = UInt64
