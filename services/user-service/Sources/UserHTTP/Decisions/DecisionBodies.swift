import HTTPKit
import UserDomain

/// The answers to `POST /v1/authz/decisions`, in the order of the questions.
struct DecisionsBody: JSONWritable {
    let decisions: [AccessDecision]

    func write(to json: inout JSONWriter) {
        json.object { $0.member("decisions", decisions.map { DecisionBody(decision: $0) }) }
    }
}

struct DecisionBody: JSONWritable {
    let decision: AccessDecision

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("allow", decision.isAllowed)
            $0.member("reason", decision.reason)
            $0.member("rule", decision.rule)
            $0.member("obligations", decision.obligations.map(\.rawValue))
            $0.member("ttl", decision.ttl)
            $0.member("policy_version", decision.policyVersion)
        }
    }
}

/// The answer to `POST /v1/authz/explain`.
struct ExplanationBody: JSONWritable {
    let explanation: AccessExplanation

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("decision", DecisionBody(decision: explanation.decision))
            $0.member("rules", explanation.rules.map { TriedRuleBody(rule: $0) })
        }
    }

    private struct TriedRuleBody: JSONWritable {
        let rule: TriedRule

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("rule", rule.name)
                $0.member("applies", rule.applies)
                $0.member("effect", rule.effect.rawValue)
                $0.member("because", rule.because)
            }
        }
    }
}
