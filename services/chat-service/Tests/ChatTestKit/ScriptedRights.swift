public import ChatDomain
public import DomainKit
import Synchronization

/// Rights as a test wants them: at first everybody may everything, and it is known.
public final class ScriptedRights: RoomRights {
    public typealias Answer = Result<Void, Failure>

    private struct State {
        var answers: [UserID: Answer] = [:]
        var entrances: [RoomEntrance: Answer] = [:]
        var known: Set<UserID> = []
        var isKnown = true
        var isHolding = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var asked: [UserID] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Who was asked about, in order: what was known already is not among them.
    public var asked: [UserID] { state.withLock { $0.asked } }

    /// What is answered from now on.
    public func answer(_ answer: Answer, about user: UserID) { state.withLock { $0.answers[user] = answer } }

    public func answer(_ answer: Answer, to entrance: RoomEntrance) {
        state.withLock { $0.entrances[entrance] = answer }
    }

    /// Nothing is known from now on but what was asked since.
    public func forget() {
        state.withLock { state in
            state.known = []
            state.isKnown = false
        }
    }

    /// Answers wait until `release`.
    public func hold() { state.withLock { $0.isHolding = true } }

    public func release() {
        let waiting = state.withLock { state in
            state.isHolding = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    public func requireJoining(_ user: UserID, _ entrance: RoomEntrance) async throws(Failure) {
        try state.withLock { $0.entrances[entrance] ?? $0.answers[user] ?? .success(()) }.get()
    }

    public func requireSpeaking(_ user: UserID) async throws(Failure) {
        if let known = speakingAsKnown(user) { return try known.get() }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.asked.append(user)
                if state.isHolding { state.waiting.append(continuation) }
                return !state.isHolding
            }
            if goesOn { continuation.resume() }
        }
        try state.withLock { state in
            let answer = state.answers[user] ?? .success(())
            if case .failure(let failure) = answer, failure.kind == .unavailable { return answer }
            state.known.insert(user)
            return answer
        }.get()
    }

    public func expectSpeaking(_ user: UserID) {
        guard speakingAsKnown(user) == nil else { return }
        Task { try? await requireSpeaking(user) }
    }

    public func speakingAsKnown(_ user: UserID) -> Answer? {
        state.withLock { state in
            state.isKnown || state.known.contains(user) ? state.answers[user] ?? .success(()) : nil
        }
    }
}
