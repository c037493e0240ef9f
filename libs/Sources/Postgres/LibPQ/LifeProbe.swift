import Dispatch
internal import CLibPQ
internal import Synchronization

/// Asks a server that has been silent whether it still takes connections, from a queue of its own, since libpq's
/// `PQping` blocks until it has an answer or its time is up (2 s).
///
/// A statement may take its time, and while it runs its connection says nothing; a server that answers nobody has died
/// or is cut off, and TCP alone does not notice when only its processes stand still.
final class LifeProbe: Sendable {
    enum Finding { case none, asking, alive, silent }

    private let parameters: [(key: String, value: String)]
    private let queue = DispatchQueue(label: "postgres.probe")
    private let state = Mutex(Finding.none)

    init(_ parameters: [(key: String, value: String)]) {
        self.parameters = parameters
    }

    /// What came out, once.
    func takeFinding() -> Finding {
        state.withLock { state in
            defer { if state != .asking { state = .none } }
            return state
        }
    }

    /// `answered` is called from another thread as soon as there is a finding.
    func ask(_ answered: @escaping @Sendable () -> Void) {
        state.withLock { $0 = .asking }
        queue.async { [self] in
            let keys = CStrings(parameters.map(\.key))
            let values = CStrings(parameters.map(\.value))
            let isSilent = PQpingParams(keys.pointers, values.pointers, 1) == PQPING_NO_RESPONSE
            state.withLock { $0 = isSilent ? .silent : .alive }
            answered()
        }
    }
}
