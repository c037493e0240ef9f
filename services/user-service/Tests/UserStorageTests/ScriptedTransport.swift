import Mail
import Synchronization

/// Keeps what it is given, and fails as it was told: one failure a message, then none.
final class ScriptedTransport: MailTransport {
    private let state: Mutex<(failures: [MailFailure], taken: [MailMessage])>

    init(_ failures: [MailFailure] = []) {
        state = Mutex((failures, []))
    }

    /// Also those whose fate was told to be unknown.
    var messages: [MailMessage] { state.withLock { $0.taken } }

    func send(_ message: MailMessage) async throws(MailFailure) {
        let failure: MailFailure? = state.withLock { state in
            let failure = state.failures.isEmpty ? nil : state.failures.removeFirst()
            if failure == nil || failure?.outcome == .perhapsTaken { state.taken.append(message) }
            return failure
        }
        if let failure { throw failure }
    }
}
