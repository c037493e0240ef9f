import Metrics
import Synchronization

/// Whether this replica wants traffic: the dependencies answer and it is not on its way out.
final class Readiness: Sendable {
    enum Phase {
        /// The public port does not listen yet.
        case starting
        case serving
        case draining
    }

    private let checks: [HealthCheck]
    private let current = Mutex(Phase.starting)

    init(checks: [HealthCheck]) {
        self.checks = checks
    }

    var phase: Phase { current.withLock { $0 } }

    /// The public port listens.
    func serve() { current.withLock { if $0 == .starting { $0 = .serving } } }

    /// From now on `/readyz` says no, so that the balancer sends nothing new while what is under way ends.
    func drain() { current.withLock { $0 = .draining } }

    /// Everything that is down. All checks run at once; `dependency_up` tells the same in the metrics, as of the last look.
    func failures() async -> [FailedCheck] {
        await withTaskGroup(of: (Int, String?).self) { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await check.run()) } }
            var found: [(index: Int, reason: String)] = []
            for await (index, reason) in group {
                Gauge(label: "dependency_up", dimensions: [("dependency", checks[index].name)])
                    .record(reason == nil ? 1 : 0)
                if let reason { found.append((index, reason)) }
            }
            return found.sorted { $0.index < $1.index }.map { FailedCheck(check: checks[$0.index], reason: $0.reason) }
        }
    }
}

struct FailedCheck: Sendable {
    let check: HealthCheck
    let reason: String
}
