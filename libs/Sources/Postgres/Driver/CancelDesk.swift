import Dispatch
internal import Synchronization
internal import Timing

/// Sends cancel requests from a queue of its own, since `PQcancel` blocks while it connects.
///
/// A cancel request names a connection, not a statement: when the one it was meant for ends first, it hits the next.
/// `mayHaveHit` tells whether that can have happened to a request, so that the innocent can be sent again.
final class CancelDesk: Sendable {
    private struct State {
        var outstanding = 0
        var lastDone: Nanoseconds = 0
    }

    private let canceller: LibPQCanceller
    private let queue = DispatchQueue(label: "postgres.cancel")
    private let state = Mutex(State())

    init(_ canceller: LibPQCanceller) {
        self.canceller = canceller
    }

    func cancelWhateverRuns() {
        state.withLock { $0.outstanding += 1 }
        queue.async { [self] in
            canceller.cancel()
            state.withLock { state in
                state.outstanding -= 1
                state.lastDone = Monotonic.now
            }
        }
    }

    /// A cancel request was under way at some time after the request was sent.
    func mayHaveHit(_ request: Request) -> Bool {
        state.withLock { $0.outstanding > 0 || request.sentAt <= $0.lastDone }
    }
}
