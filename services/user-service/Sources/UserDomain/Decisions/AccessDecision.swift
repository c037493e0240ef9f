/// The answer to a question, and how long it may be kept.
public struct AccessDecision: Sendable, Hashable {
    public let isAllowed: Bool
    public let reason: String
    /// Which rule decided.
    public let rule: String
    /// Empty when it is not allowed.
    public let obligations: [Obligation]
    /// In whole seconds, 0 for "not at all": never beyond the moment at which the account changes by itself.
    public let ttl: Int
    public let policyVersion: String
}

/// An answer with every rule that was tried for it, in order.
public struct AccessExplanation: Sendable, Hashable {
    public let decision: AccessDecision
    public let rules: [TriedRule]
}

/// A rule, and whether and why it applies to a question. Of those that apply, the first that allows or denies decides.
public struct TriedRule: Sendable, Hashable {
    public let name: String
    public let applies: Bool
    public let effect: PolicyRule.Effect
    public let because: String
}
