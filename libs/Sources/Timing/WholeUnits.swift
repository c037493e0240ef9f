/// Durations in the whole units that servers and system calls take.
///
/// Rounded up: what is not zero never becomes zero, which would mean "at once" or "for ever" to them. What does not
/// fit becomes the largest that does, and what is negative zero.
extension Duration {
    public var wholeSeconds: Int { Int(clamping: whole(1_000_000_000_000_000_000)) }
    public var wholeMilliseconds: Int { Int(clamping: whole(1_000_000_000_000_000)) }
    public var wholeNanoseconds: UInt64 { UInt64(clamping: whole(1_000_000_000)) }

    private func whole(_ attosecondsPerUnit: Int128) -> Int128 {
        guard attoseconds > 0 else { return 0 }
        return (attoseconds - 1) / attosecondsPerUnit + 1
    }
}
