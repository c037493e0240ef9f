public import DomainKit

/// Why somebody is banned, in words for those who look after the platform.
public struct BanReason: Sendable, Hashable, CustomStringConvertible {
    private static let rule = NameRule(longest: 500)

    public let description: String

    /// Fails: `too-long`, `blank`, `bad-character`.
    public init(_ text: String) throws(Violation) {
        description = try Self.rule.checked(text)
    }
}
