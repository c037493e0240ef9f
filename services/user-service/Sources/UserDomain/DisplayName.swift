public import DomainKit

/// The name others see, under the platform's rule for names.
public struct DisplayName: Sendable, Hashable, CustomStringConvertible {
    private static let rule = NameRule(longest: 80)

    public let description: String

    /// Fails: `too-long`, `blank`, `bad-character`.
    public init(_ text: String) throws(Violation) {
        description = try Self.rule.checked(text)
    }

    /// One that was checked before it was stored, by whatever rule there was then.
    public init(stored text: String) {
        description = text
    }
}
