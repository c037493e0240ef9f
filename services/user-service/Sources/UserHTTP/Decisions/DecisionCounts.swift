public import CoreMetrics
import Synchronization
import UserDomain

/// `authz_decisions_total`: answers given, by the rule that decided and its effect, `allow` or `deny`. There are as many series
/// as the policy has rules, and the few more that say what is wrong with a question: no word of a caller's is in them.
public final class DecisionCounts: Sendable {
    private struct Key: Hashable {
        let rule: String
        let isAllowed: Bool
    }

    private let metrics: any MetricsFactory
    private let counters = Mutex<[Key: Counter]>([:])

    public init(metrics: any MetricsFactory = MetricsSystem.factory) {
        self.metrics = metrics
    }

    func add(_ decisions: [AccessDecision]) {
        counters.withLock { counters in
            for decision in decisions {
                let key = Key(rule: decision.rule, isAllowed: decision.isAllowed)
                let counter = counters[key] ?? newCounter(key)
                counters[key] = counter
                counter.increment()
            }
        }
    }

    private func newCounter(_ key: Key) -> Counter {
        Counter(
            label: "authz_decisions_total",
            dimensions: [("rule", key.rule), ("effect", key.isAllowed ? "allow" : "deny")], factory: metrics)
    }
}
