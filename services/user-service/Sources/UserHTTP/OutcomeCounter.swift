import DomainKit
import Metrics

/// Counts calls by what became of them: `done`, or the code of the failure.
struct OutcomeCounter: Sendable {
    let label: String

    func counting<Value>(_ call: () async throws -> Value) async throws -> Value {
        do {
            let value = try await call()
            count("done")
            return value
        } catch {
            count((error as? Failure)?.code ?? "platform.internal-error")
            throw error
        }
    }

    func count(_ outcome: String) {
        Counter(label: label, dimensions: [("outcome", outcome)]).increment()
    }
}
