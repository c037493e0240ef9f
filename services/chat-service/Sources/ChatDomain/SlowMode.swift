public import DomainKit

/// How long a plain member waits in a room between two messages: from nothing to six hours.
public struct SlowMode: Sendable, Hashable {
    public static let longest = 21_600
    public let seconds: Int

    public init(seconds: Int) throws(Violation) {
        guard (0...Self.longest).contains(seconds) else {
            throw Violation(code: "out-of-range", detail: "Must be from 0 to \(Self.longest).")
        }
        self.seconds = seconds
    }
}
