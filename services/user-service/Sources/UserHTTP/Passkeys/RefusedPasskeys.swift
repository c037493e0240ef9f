import DomainKit
import Metrics

/// Counts passkeys that did not hold by the check they did not pass, which callers are not told.
enum RefusedPasskeys {
    static func counting<Value>(_ call: () async throws -> Value) async throws -> Value {
        do {
            return try await call()
        } catch let failure as Failure where failure.code == "user.passkey-refused" {
            let reason = failure.context["reason"] ?? "unknown"
            Counter(label: "passkeys_refused_total", dimensions: [("reason", reason)]).increment()
            throw failure
        }
    }
}
