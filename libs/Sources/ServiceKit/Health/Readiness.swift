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

    /// Name and reason of everything that is down. All checks run at once.
    func failures() async -> [(name: String, reason: String)] {
        await withTaskGroup(of: (Int, String?).self) { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await check.run()) } }
            var found: [(Int, String)] = []
            for await (index, reason) in group {
                if let reason { found.append((index, reason)) }
            }
            return found.sorted { $0.0 < $1.0 }.map { (checks[$0.0].name, $0.1) }
        }
    }
}
