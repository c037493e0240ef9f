public import DomainKit
import Foundation

/// Rules, and how they answer: the first that allows or denies decides, and where there is none the answer is no.
public struct PolicySet: Sendable {
    static let byDefault = "default"

    /// Another one for other rules.
    public let version: String
    public let rules: [PolicyRule]
    private let byAction: [PolicyAction: [PolicyRule]]

    init(version: String, rules: [PolicyRule]) {
        self.version = version
        self.rules = rules
        let actions = PolicyAction.allCases.map { action in (action, rules.filter { $0.actions.contains(action) }) }
        byAction = Dictionary(uniqueKeysWithValues: actions)
    }

    /// - Parameter known: the accounts that are there, of those the question names.
    public func decision(on question: AccessQuestion, _ known: [UserID: DecisionSubject]) -> AccessDecision {
        do throws(QuestionFault) {
            return decision(try AccessCase(question, known))
        } catch {
            return refusal(error)
        }
    }

    /// The same answer, with how it comes about.
    public func explanation(of question: AccessQuestion, _ known: [UserID: DecisionSubject]) -> AccessExplanation {
        do throws(QuestionFault) {
            let asked = try AccessCase(question, known)
            let decision = decision(asked)
            return AccessExplanation(decision: decision, rules: tried(asked, decision))
        } catch {
            let rule = TriedRule(name: error.rule, applies: true, effect: .deny, because: error.reason)
            return AccessExplanation(decision: refusal(error), rules: [rule])
        }
    }

    private func decision(_ asked: AccessCase) -> AccessDecision {
        let rules = byAction[asked.action] ?? []
        let deciding = rules.first { $0.effect != .oblige && $0.obstacle(asked) == nil }
        let ttl = ttl(deciding?.keptFor ?? PolicyRule.usuallyKeptFor, asked, rules)
        guard let deciding else {
            return AccessDecision(
                isAllowed: false, reason: "No rule allows it.", rule: Self.byDefault, obligations: [], ttl: ttl,
                policyVersion: version)
        }
        let isAllowed = deciding.effect == .allow
        return AccessDecision(
            isAllowed: isAllowed, reason: deciding.reason, rule: deciding.name,
            obligations: isAllowed ? obligations(deciding, asked, rules) : [], ttl: ttl, policyVersion: version)
    }

    /// Each once, those of the rule that decides first.
    private func obligations(_ deciding: PolicyRule, _ asked: AccessCase, _ rules: [PolicyRule]) -> [Obligation] {
        let others = rules.filter { $0.effect == .oblige && $0.obstacle(asked) == nil }.flatMap(\.obligations)
        return (deciding.obligations + others).reduce(into: []) { all, obligation in
            if !all.contains(obligation) { all.append(obligation) }
        }
    }

    /// `longest`, or the whole seconds until the account changes by itself in a way that rules look at.
    private func ttl(_ longest: Int, _ asked: AccessCase, _ rules: [PolicyRule]) -> Int {
        let subject = asked.subject
        let ages = rules.flatMap(\.conditions).compactMap(\.age).map { subject.reaches(age: $0) }
        let next = (subject.turns + ages.filter { $0 > subject.readAt }).min()
        guard let left = next?.timeIntervalSince(subject.readAt), left < Double(longest) else { return longest }
        return Int(left)
    }

    private func refusal(_ fault: QuestionFault) -> AccessDecision {
        AccessDecision(
            isAllowed: false, reason: fault.reason, rule: fault.rule, obligations: [], ttl: fault.keptFor,
            policyVersion: version)
    }

    private func tried(_ asked: AccessCase, _ decision: AccessDecision) -> [TriedRule] {
        let isOpen = decision.rule == Self.byDefault
        let byDefault = TriedRule(
            name: Self.byDefault, applies: isOpen, effect: .deny,
            because: isOpen ? "No rule allows it." : "Another rule decides.")
        return (byAction[asked.action] ?? []).map { rule in
            let obstacle = rule.obstacle(asked)
            return TriedRule(
                name: rule.name, applies: obstacle == nil, effect: rule.effect,
                because: obstacle?.sentence(holds: false) ?? rule.reason)
        } + [byDefault]
    }
}
