public import DomainKit
import Foundation

/// The tokens of a session and whose they are.
public struct IssuedTokens: Sendable {
    public let access: AccessToken
    public let refresh: RefreshToken
    public let session: SessionID
    public let user: UserID
    /// By which the device is known at its next sign-in; nil where nobody signed in.
    public var device: DeviceToken?
}

/// How long a session lives and how its refresh tokens behave.
public struct SessionRules: Sendable {
    /// A session not used for so long ends.
    public var life: Duration
    /// So long after the sign-in it ends, however much it is used.
    public var mostLife: Duration
    /// For so long a spent refresh token still gives the successor it gave.
    public var reuseGrace: Duration
    /// For so long it does as long as that successor has not been used: the answer may have been lost with a database.
    public var unusedGrace: Duration

    public init(
        life: Duration = .seconds(30 * 86_400), mostLife: Duration = .seconds(180 * 86_400),
        reuseGrace: Duration = .seconds(10),
        unusedGrace: Duration = .seconds(120)
    ) {
        self.life = life
        self.mostLife = mostLife
        self.reuseGrace = reuseGrace
        self.unusedGrace = unusedGrace
    }

    /// How long a session that began then lives on when it is used now.
    func life(since beginning: Date, at now: Date) -> Duration {
        min(life, mostLife - .seconds(now.timeIntervalSince(beginning)))
    }
}

/// Opens a session for whoever knows an account's password; where the account has a second factor, that is a first step.
public struct SignIn<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher, Tokens: AccessTokens>: Sendable {
    /// Each further look means that the password was set, its hash made stronger, or tokens voided, in the same few
    /// milliseconds.
    private static var mostLooks: Int { 4 }

    private let users: Users
    private let sessions: Sessions
    private let hasher: Hasher
    private let tokens: Tokens
    private let factors: any SecondFactorStore
    private let budgets: any GuessBudgets
    private let secrets: any RefreshSecrets
    private let rules: SessionRules
    private let ids: any IDSource
    private let clock: any WallClock
    private let requiresVerifiedEmail: Bool

    public init(
        users: Users, sessions: Sessions, hasher: Hasher, tokens: Tokens, factors: any SecondFactorStore,
        budgets: any GuessBudgets, secrets: any RefreshSecrets, rules: SessionRules, ids: any IDSource,
        clock: any WallClock, requiresVerifiedEmail: Bool = false
    ) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
        self.tokens = tokens
        self.factors = factors
        self.budgets = budgets
        self.secrets = secrets
        self.rules = rules
        self.ids = ids
        self.clock = clock
        self.requiresVerifiedEmail = requiresVerifiedEmail
    }

    /// An unknown address takes as long as a wrong password, and is refused the same way. That an account is banned, or
    /// its address not verified where it must be, is told to whoever knows its password.
    ///
    /// Fails: `credentialsWrong`, `banned`, `emailNotVerified`, `secondFactorNeeded`, rate limited, unavailable. Cancelling before
    /// the session is stored leaves nothing behind
    /// but a guess that counts.
    public func callAsFunction(
        email: String, password: ClaimedPassword, device: Device, knownBy token: DeviceToken? = nil
    ) async throws -> IssuedTokens {
        let address = try? EmailAddress(email)
        for _ in 0..<Self.mostLooks {
            let (credentials, isWeak) = try await check(password, of: address, token)
            if let factor = credentials.secondFactor {
                if let step = try await keep(factor, of: credentials, isWeak ? password : nil, token) {
                    throw Failure.secondFactorNeeded(step)
                }
                continue
            }
            if let tokens = try await open(for: credentials, isWeak ? password : nil, device, token) { return tokens }
        }
        throw Failure.unavailable("account")
    }

    /// Nil for unknown addresses, and for texts that are no address: neither is told apart from a wrong password.
    private func check(
        _ password: ClaimedPassword, of address: EmailAddress?, _ token: DeviceToken?
    ) async throws -> (Credentials, isWeak: Bool) {
        guard let address else {
            _ = try await hasher.check(password, against: nil)
            throw Failure.credentialsWrong
        }
        let mark = token.map { secrets.digest(of: $0.secret) }
        let credentials = try await users.credentials(of: address, device: mark)
        let known = mark.flatMap { credentials?.isDeviceKnown == true ? GuessBudget.device($0) : nil }
        let outcome = try await budgets.spending(known ?? .strangers(address)) {
            try await hasher.check(password, against: credentials?.hash)
        }
        guard outcome != .wrong, let credentials else { throw Failure.credentialsWrong }
        try credentials.user.mustNotBeBanned()
        if requiresVerifiedEmail, !credentials.user.isEmailVerified { throw Failure.emailNotVerified }
        return (credentials, outcome == .rightButWeak)
    }

    /// Keeps the first step. Nil when the account's hash, epoch or factor is no longer the one that was checked.
    private func keep(
        _ factor: SecondFactorID, of credentials: Credentials, _ weak: ClaimedPassword?, _ device: DeviceToken?
    ) async throws -> SignInStepToken? {
        let token = SignInStepToken(secret: secrets.first())
        let known = device.flatMap { credentials.isDeviceKnown ? secrets.digest(of: $0.secret) : nil }
        let step = SignInStep(
            digest: secrets.digest(of: token.secret), userID: credentials.user.id, checked: credentials.hash,
            epoch: credentials.user.epoch, factor: factor, knownDevice: known, strengthened: await strengthened(weak))
        return try await factors.keep(step) ? token : nil
    }

    /// Nil when the account's hash, epoch or factor is no longer the one that was checked.
    private func open(
        for credentials: Credentials, _ weak: ClaimedPassword?, _ device: Device, _ token: DeviceToken?
    ) async throws -> IssuedTokens? {
        let (user, secret) = (credentials.user, secrets.first())
        let known = token.flatMap { credentials.isDeviceKnown ? $0 : nil } ?? DeviceToken(secret: secrets.first())
        let id = SessionID(ids.ordered())
        let now = clock.now
        let access = try tokens.issue(to: user, session: id, since: now, by: [.password], at: now)
        let isOpen = try await sessions.open(
            SessionOpening(
                id: id, userID: user.id, device: device, chain: RefreshChain(first: secret, secrets: secrets),
                life: min(rules.life, rules.mostLife), checked: credentials.hash, epoch: user.epoch,
                strengthened: await strengthened(weak),
                mark: secrets.digest(of: known.secret)))
        guard isOpen else { return nil }
        return IssuedTokens(
            access: access, refresh: RefreshToken(session: id, generation: 0, secret: secret), session: id,
            user: user.id, device: known)
    }

    /// Signing in must not fail for this: a hash that could not be made now is made next time.
    private func strengthened(_ weak: ClaimedPassword?) async -> PasswordHash? {
        guard let weak, let known = Password(known: weak) else { return nil }
        return try? await hasher.hash(known)
    }
}
