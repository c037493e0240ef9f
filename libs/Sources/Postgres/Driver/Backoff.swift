/// Pauses between tries to connect: from 20 ms, doubling up to 500 ms, each shortened at random by up to a half so
/// that many clients of a server that comes back do not come at once.
struct Backoff {
    private var longest: Nanoseconds = 20_000_000

    mutating func next() -> Nanoseconds {
        defer { longest = min(longest * 2, 500_000_000) }
        return .random(in: longest / 2...longest)
    }

    mutating func reset() {
        self = Backoff()
    }
}
