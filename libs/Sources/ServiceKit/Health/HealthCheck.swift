/// One dependency, asked for real by `/readyz`.
public struct HealthCheck: Sendable {
    /// What a replica is without the dependency.
    public enum Need: Sendable {
        /// It cannot do its work: `/readyz` is 503, and the balancer sends nothing here.
        case required
        /// It does its work less well or later: `/readyz` stays 200 and says so.
        case helpful
    }

    public let name: String
    public let need: Need
    public let timeout: Duration
    let probe: @Sendable () async throws -> Void

    /// `probe` returns when the dependency answers and throws when it does not; it is cancelled at the time-out.
    public init(
        _ name: String, _ need: Need = .required, timeout: Duration = .seconds(2),
        probe: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.need = need
        self.timeout = timeout
        self.probe = probe
    }

    /// Nil when all is well, else why not, in words for the operator. Returns at the time-out even when the probe
    /// ignores its cancellation.
    public func run() async -> String? {
        await withCheckedContinuation { continuation in
            let answer = FirstAnswer(continuation)
            let probing = Task {
                do {
                    try await probe()
                    answer.give(nil)
                } catch {
                    answer.give(String(describing: error))
                }
            }
            Task {
                try? await Task.sleep(for: timeout)
                answer.give("no answer within \(timeout)")
                probing.cancel()
            }
        }
    }
}
