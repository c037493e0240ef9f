import Synchronization

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

/// Resumes a continuation with the first answer and drops all later ones.
private final class FirstAnswer<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

    init(_ continuation: CheckedContinuation<Answer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ answer: Answer) {
        continuation.withLock { continuation in
            continuation?.resume(returning: answer)
            continuation = nil
        }
    }
}
