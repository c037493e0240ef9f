public import DomainKit
import Foundation
import OneTimePasswords
public import UserDomain

/// What every `SecondFactorStore` promises, together with the accounts and sessions it stands beside.
public struct SecondFactorContract: Sendable {
    let users: any UserStore
    let sessions: any SessionStore
    let factors: any SecondFactorStore
    /// Of the same content; another replica where that is what lets calls meet.
    let others: any SecondFactorStore
    let hash = PasswordHash(phc: "$1")

    public init(
        _ store: some UserStore & SessionStore, _ factors: some SecondFactorStore, _ others: some SecondFactorStore
    ) {
        users = store
        sessions = store
        self.factors = factors
        self.others = others
    }

    // MARK: Parts

    /// An account whose factor was turned on by a code of step 100.
    func account(recovery: [Data] = []) async throws -> (user: User, factor: SecondFactor) {
        let user = try await users.insert(.sample(), hash: hash)
        let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        try promise(await factors.begin(factor, of: user.id), "a factor is begun")
        let outcome = try await confirm(factor, of: user, recovery: recovery)
        try promise(outcome == .done, "and turned on: \(outcome)")
        return (user, factor)
    }

    func confirm(
        _ factor: SecondFactor, of user: User, step: Int64 = 100, recovery: [Data] = [], keeping: SessionID? = nil
    ) async throws -> FactorOutcome {
        try await factors.confirm(
            factor.id, step: step, recoveryDigests: recovery, by: .sample(user.id, in: keeping))
    }

    func use(
        _ proof: FactorProof, of user: User, _ factor: SecondFactor, with digests: [Data] = [],
        at store: (any SecondFactorStore)? = nil
    ) async throws -> FactorOutcome {
        try await (store ?? factors).replaceRecoveryCodes(
            factor.id, with: digests, proof: proof, by: .sample(user.id))
    }

    func remove(
        _ factor: SecondFactor, of user: User, proof: FactorProof, voiding roles: Set<Role> = []
    ) async throws -> FactorOutcome {
        try await factors.remove(
            factor.id, proof: proof, voiding: roles, by: .sample(user.id))
    }

    func step(_ user: User, _ factor: SecondFactor, device: DeviceMark? = nil) -> SignInStep {
        SignInStep(
            digest: ToySecrets().first(), userID: user.id, checked: hash, epoch: user.epoch, factor: factor.id,
            knownDevice: device)
    }

    func opening(_ user: User, _ factor: SecondFactor, checked: PasswordHash? = nil) -> SessionOpening {
        .sample(
            of: user.id, checked: checked ?? hash, epoch: user.epoch, secondFactor: factor.id,
            methods: [.password, .oneTimeCode])
    }

    /// How many of fifty calls at once, on two replicas, were done.
    func winners(
        _ call: @escaping @Sendable (any SecondFactorStore, Int) async throws -> FactorOutcome
    ) async throws -> Int {
        try await withThrowingTaskGroup { group in
            for index in 0..<50 {
                group.addTask { try await call(index.isMultiple(of: 2) ? factors : others, index) == .done }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    // MARK: Promises

    public func countsNothingBeforeItsFirstCode() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let (first, second) = (
            SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret()),
            SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        )
        try promise(await factors.factor(of: user.id) == nil, "at first there is none")
        for factor in [first, second] {
            try promise(await factors.begin(factor, of: user.id), "one may be begun again")
        }
        let begun = try await factors.factor(of: user.id)?.factor
        try promise(begun?.id == second.id && begun?.isConfirmed == false, "the last one waits")
        try promise(begun?.secret.bytes == second.secret.bytes, "with its secret")
        try promise(await users.credentials(of: user.id)?.secondFactor == nil, "and counts nowhere")
        try promise(await sessions.open(.sample(of: user.id)), "a password opens a session")
        try promise(await confirm(first, of: user) == .changed, "the one before it is worth nothing")
        try promise(await confirm(second, of: user) == .done, "its first code turns it on")
        try promise(await users.credentials(of: user.id)?.secondFactor == second.id, "for the account")
        try promise(
            await users.credentials(of: user.email, device: nil)?.secondFactor == second.id, "by its address too")
        try promise(await confirm(second, of: user, step: 101) == .changed, "once")
        try promise(await !factors.begin(first, of: user.id), "and no other one is begun beside it")
        try promise(await factors.factor(of: user.id)?.factor.lastStep == 100, "its first code is used")
        let nobody = User(
            id: UserID(UUID()), email: user.email, displayName: user.displayName, createdAt: user.createdAt,
            updatedAt: user.updatedAt)
        try promise(await !factors.begin(first, of: nobody.id), "nobody has none")
    }

    public func endsWhatWasOpenedWithoutIt() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let openings = (0..<3).map { _ in SessionOpening.sample(of: user.id) }
        for opening in openings { _ = try await sessions.open(opening) }
        let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        _ = try await factors.begin(factor, of: user.id)
        _ = try await confirm(factor, of: user, keeping: openings[1].id)
        for index in [0, 2] {
            try promise(await sessions.grant(openings[index].id) == nil, "sessions without a code end")
        }
        let kept = try await sessions.grant(openings[1].id)?.session
        try promise(kept?.methods == [.password, .oneTimeCode], "the one that showed it stays, and says so")
        try promise(await !sessions.open(.sample(of: user.id)), "a password alone opens nothing any more")
        let weak = SessionOpening.sample(of: user.id, secondFactor: factor.id)
        try promise(await sessions.open(weak), "and were there a session of a password")
        try promise(await !sessions.showPassword(hash, of: user.id, in: weak.id), "it would not be shown again")
    }

    public func takesACodeOnce() async throws {
        let digests = (0..<3).map { _ in ToySecrets().first() }
        let (user, factor) = try await account(recovery: digests)
        try promise(await use(.step(100), of: user, factor) == .codeSpent, "the first code is used")
        try promise(await use(.step(99), of: user, factor) == .codeSpent, "earlier ones are too old")
        let first = try await winners { store, _ in
            try await use(.step(101), of: user, factor, with: digests, at: store)
        }
        try promise(first == 1, "of fifty with one code one wins, not \(first)")
        let second = try await winners { store, _ in
            try await use(.recovery(digests[0]), of: user, factor, with: [digests[1]], at: store)
        }
        try promise(second == 1, "of fifty with one recovery code too, not \(second)")
        try promise(await use(.recovery(digests[2]), of: user, factor) == .codeSpent, "those before are replaced")
        let (stranger, foreign) = try await account()
        try promise(await use(.recovery(digests[1]), of: stranger, foreign) == .codeSpent, "another's opens nothing")
        try promise(await use(.step(200), of: user, foreign) == .changed, "nor does another's factor")
        try promise(await use(.recovery(digests[1]), of: user, factor) == .done, "and is still there")
    }

    public func showsACodeInASession() async throws {
        let digests = [ToySecrets().first(), ToySecrets().first()]
        let (user, factor) = try await account(recovery: digests)
        let (stranger, foreign) = try await account()
        func show(_ proof: FactorProof, in session: SessionID) async throws -> FactorOutcome {
            try await factors.show(factor.id, of: user.id, proof: proof, in: session, device: Device())
        }
        let (first, opening) = (step(user, factor), opening(user, factor))
        _ = try await factors.keep(first)
        _ = try await factors.open(opening, after: first.digest, proof: .step(101))
        let opened = try await sessions.grant(opening.id)?.session
        try promise(await show(.step(101), in: opening.id) == .codeSpent, "no used code is shown again")
        try promise(await sessions.grant(opening.id)?.session == opened, "and none counts as shown")
        try promise(await show(.step(102), in: opening.id) == .done, "a new one is")
        let shown = try await sessions.grant(opening.id)?.session
        guard let shown, let opened else { throw BrokenPromise(description: "the session is there") }
        try promise(shown.authenticatedAt >= opened.authenticatedAt && shown.methods == opened.methods, "anew")
        try promise(await show(.recovery(digests[0]), in: opening.id) == .done, "a recovery code will do")
        let methods = try await sessions.grant(opening.id)?.session.methods
        try promise(methods == [.password, .oneTimeCode, .recoveryCode], "and is said")
        for session in [SessionID(UUID()), try await foreignSession(stranger, foreign)] {
            try promise(await show(.step(103), in: session) == .changed, "not in a session of somebody else")
        }
        _ = try await sessions.end(opening.id, of: user.id)
        try promise(await show(.step(103), in: opening.id) == .changed, "nor in one that has ended")
        try promise(await use(.step(103), of: user, factor) == .done, "which use no code up")
    }

    private func foreignSession(_ user: User, _ factor: SecondFactor) async throws -> SessionID {
        let (first, opening) = (step(user, factor), opening(user, factor))
        _ = try await factors.keep(first)
        _ = try await factors.open(opening, after: first.digest, proof: .step(101))
        return opening.id
    }

    /// Tokens of two factors may say a role that the next ones do not.
    public func voidsTokensOfRolesWithIt() async throws {
        for (roles, epoch) in [(Set<Role>([.user]), Int64(1)), ([.admin], 0), ([], 0)] {
            let (user, factor) = try await account()
            let outcome = try await remove(factor, of: user, proof: .step(101), voiding: roles)
            try promise(outcome == .done, "a factor is taken away")
            try promise(await users.user(user.id)?.epoch == epoch, "\(roles) void the tokens of users or not")
        }
    }

    /// `told`: kinds, sessions and devices of what the owner was told, the oldest first.
    public func tellsFromWhereAFactorChanged(
        told: (UserID) async throws -> [(SecurityEvent.Kind, SessionID?, Device)]
    ) async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let (factor, session) = (SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret()), SessionID(UUID()))
        let owner = ActingOwner.sample(user.id, in: session)
        _ = try await factors.begin(factor, of: user.id)
        _ = try await factors.confirm(factor.id, step: 100, recoveryDigests: [], by: owner)
        _ = try await factors.replaceRecoveryCodes(factor.id, with: [], proof: .step(101), by: owner)
        _ = try await factors.remove(factor.id, proof: .step(102), voiding: [], by: owner)
        let told = try await told(user.id)
        try promise(told.map(\.0) == [.totpEnabled, .recoveryCodesMade, .totpDisabled], "each is told, \(told)")
        try promise(told.allSatisfy { $0.1 == session && $0.2 == owner.device }, "with the session and the device")
    }

    public func takesAFactorAway() async throws {
        let digests = [ToySecrets().first(), ToySecrets().first()]
        let (user, factor) = try await account(recovery: digests)
        let (waiting, opened) = (step(user, factor), opening(user, factor))
        try promise(await factors.keep(waiting), "a step is kept")
        try promise(
            await factors.open(opened, after: waiting.digest, proof: .step(101)) == .done, "a session is opened")
        let shown = try await factors.show(
            factor.id, of: user.id, proof: .recovery(digests[1]), in: opened.id, device: Device())
        try promise(shown == .done, "and a recovery code shown in it")
        let pending = step(user, factor)
        _ = try await factors.keep(pending)
        try promise(await remove(factor, of: user, proof: .step(101)) == .codeSpent, "not by a code that was used")
        try promise(await remove(factor, of: user, proof: .recovery(digests[0])) == .done, "a recovery code will do")
        try promise(await factors.factor(of: user.id) == nil, "it is gone")
        try promise(await users.credentials(of: user.id)?.secondFactor == nil, "for sign-ins too")
        try promise(await sessions.grant(opened.id)?.session.methods == [.password], "and sessions have not shown it")
        try promise(await factors.pendingSignIn(pending.digest) == nil, "steps that waited for it lead nowhere")
        try promise(await remove(factor, of: user, proof: .recovery(digests[1])) == .changed, "once")
        try promise(await sessions.open(.sample(of: user.id)), "a password opens a session again")
    }
}
