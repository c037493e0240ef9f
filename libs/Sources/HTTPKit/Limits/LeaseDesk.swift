import DomainKit
import Synchronization

/// Asks the store for the portions of many accounts at once.
///
/// What somebody waits for goes at once, and takes along what has gathered; what nobody waits for gathers a while first.
final class LeaseDesk: Sendable {
    /// What is the same for all accounts of a limit.
    let policy: RateLimitPolicy
    let portion: Int
    let life: Duration

    private struct State {
        var waiting: [RateLimitAccount] = []
        var isGathering = false
    }

    /// What one call asks for at most: a fraction of a millisecond of the store's time.
    private static let most = 100
    private static let gathering = Duration.milliseconds(20)

    private let store: any RateLimitLeases
    private let state = Mutex(State())

    init(_ policy: RateLimitPolicy, store: any RateLimitLeases) {
        self.policy = policy
        self.store = store
        portion = max(1, policy.quota / 10)
        life = min(policy.window, .seconds(60))
    }

    /// Has a portion asked for, and the account told what came of it, once.
    func ask(for account: RateLimitAccount, isUrgent: Bool) {
        enum Step { case none, gather, go }
        let step: Step = state.withLock { state in
            state.waiting.append(account)
            if isUrgent || state.waiting.count >= Self.most { return .go }
            defer { state.isGathering = true }
            return state.isGathering ? .none : .gather
        }
        switch step {
        case .none: break
        case .go: hurry()
        case .gather:
            Task {
                // The wait is for others to come. Nobody cancels this task, and one that was would ask a little earlier.
                try? await Task.sleep(for: Self.gathering)
                state.withLock { $0.isGathering = false }
                await askAll()
            }
        }
    }

    /// Somebody waits for one of those that gather.
    func hurry() {
        Task { await askAll() }
    }

    private func askAll() async {
        var accounts = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting[...]
        }
        while !accounts.isEmpty {
            await ask(for: Array(accounts.prefix(Self.most)))
            accounts = accounts.dropFirst(Self.most)
        }
    }

    private func ask(for accounts: [RateLimitAccount]) async {
        // From before it is asked, so that nothing is thought to be good for longer than it is.
        let claims = accounts.map { $0.claim() }
        do {
            let leases = try await store.lease(portion, for: life, from: policy, to: claims.map(\.claim))
            guard leases.count == claims.count else { throw Failure.unavailable("limits") }
            for (index, account) in accounts.enumerated() { account.settle(leases[index], claims[index]) }
        } catch {
            let failure = error as? Failure ?? .unavailable("limits", cause: error)
            for account in accounts { account.settle(failure) }
        }
    }
}
