/// Pauses between tries: the first, then twice as long each, up to the longest. Each is shortened at random by up to a
/// half, so that many clients of a server that comes back do not come at once.
public struct Backoff: Sendable, Hashable {
    public var first: Duration
    public var longest: Duration
    private var current: Duration

    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        current = first
    }

    /// The pause after one more failure.
    public mutating func next() -> Duration {
        let pause = min(current, longest)
        current = pause > longest / 2 ? longest : pause * 2
        return pause * Double.random(in: 0.5...1)
    }

    /// After a success.
    public mutating func reset() {
        current = first
    }
}
