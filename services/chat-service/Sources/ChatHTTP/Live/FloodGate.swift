/// A token bucket: so many in a second for long, so many in one go.
struct FloodGate {
    private var tokens: Double
    private var refilledAt: UInt64

    init(burst: Double, now: UInt64) {
        tokens = burst
        refilledAt = now
    }

    /// Whether one more may pass at `now`, in nanoseconds of any steady clock.
    mutating func admits(rate: Double, burst: Double, now: UInt64) -> Bool {
        tokens = min(burst, tokens + Double(now &- refilledAt) / 1e9 * rate)
        refilledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
