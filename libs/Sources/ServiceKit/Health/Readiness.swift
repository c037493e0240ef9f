import Synchronization

/// Whether this replica wants traffic: the dependencies answer and it is not on its way out.
final class Readiness: Sendable {
    private let checks: [HealthCheck]
    private let draining = Mutex(false)

    init(checks: [HealthCheck]) {
        self.checks = checks
    }

    /// From now on `/readyz` says no, so that the balancer sends nothing new while what is under way ends.
    func drain() { draining.withLock { $0 = true } }

    var isDraining: Bool { draining.withLock { $0 } }

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
