public import Foundation

/// What somebody has paid for, from when and until when.
public struct Membership: Sendable, Hashable {
    /// What everybody is who is nothing else.
    public static let freeTier = "free"

    public let tier: String
    /// Nil: as long as one can remember.
    public let from: Date?
    /// Nil: without an end.
    public let until: Date?
    /// Where it was bought or who gave it.
    public let source: String?

    public init(tier: String, from: Date? = nil, until: Date? = nil, source: String? = nil) {
        self.tier = tier
        self.from = from
        self.until = until
        self.source = source
    }

    public func isInForce(at now: Date) -> Bool {
        (from.map { $0 <= now } ?? true) && (until.map { $0 > now } ?? true)
    }
}
