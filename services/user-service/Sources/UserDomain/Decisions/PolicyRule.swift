/// One line of a policy: what it is about, when it applies, and what follows. Data, so that it can be told and tried.
public struct PolicyRule: Sendable, Hashable {
    public enum Effect: String, Sendable, Hashable {
        case allow, deny
        /// Decides nothing, and adds its obligations where something is allowed.
        case oblige
    }

    public let effect: Effect
    /// Stable: services tell by it what they tell people.
    public let name: String
    public let actions: [PolicyAction]
    /// All of them have to hold.
    public let conditions: [PolicyCondition]
    public let obligations: [Obligation]
    /// In seconds, how long an answer may be kept when nothing is told of the account meanwhile.
    public let keptFor: Int
    public let reason: String

    static let usuallyKeptFor = 30
    /// For what many ask about often. Nothing but an event changes it, and that voids what is kept.
    static let longKeptFor = 300
    /// For what may change without an event that tells of it.
    static let shortlyKeptFor = 5

    static func allow(
        _ name: String, _ actions: [PolicyAction], when conditions: [PolicyCondition], obliging: [Obligation] = [],
        keptFor: Int = usuallyKeptFor, because reason: String
    ) -> PolicyRule {
        PolicyRule(
            effect: .allow, name: name, actions: actions, conditions: conditions, obligations: obliging,
            keptFor: keptFor, reason: reason)
    }

    static func deny(
        _ name: String, _ actions: [PolicyAction], when conditions: [PolicyCondition], because reason: String
    ) -> PolicyRule {
        PolicyRule(
            effect: .deny, name: name, actions: actions, conditions: conditions, obligations: [],
            keptFor: usuallyKeptFor, reason: reason)
    }

    static func oblige(
        _ obligation: Obligation, _ name: String, _ actions: [PolicyAction], when conditions: [PolicyCondition],
        because reason: String
    ) -> PolicyRule {
        PolicyRule(
            effect: .oblige, name: name, actions: actions, conditions: conditions, obligations: [obligation],
            keptFor: usuallyKeptFor, reason: reason)
    }

    /// Nil when the rule applies; else the first of its conditions that does not hold.
    func obstacle(_ asked: AccessCase) -> PolicyCondition? { conditions.first { !$0.holds(asked) } }
}

/// What a service has to see to when it does what is allowed.
public enum Obligation: String, Sendable, Hashable, CaseIterable {
    /// To write down who did it.
    case audit
    /// To show what everybody may see, and no more.
    case publicProfile = "public-profile"
    /// To hold the account to the room's slow mode.
    case slowMode = "slow-mode"
    /// To hold the account to the limits for those who are new here, where there are any.
    case newcomerLimits = "newcomer-limits"
}
