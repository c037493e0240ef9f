public import DomainKit

/// The tokens of a session and whose they are.
public struct IssuedTokens: Sendable {
    public let access: AccessToken
    public let refresh: RefreshToken
    public let session: SessionID
    public let user: UserID
}

/// How long a session lives and how its refresh tokens behave.
public struct SessionRules: Sendable {
    /// A session not used for so long ends.
    public var life: Duration
    /// For so long a spent refresh token still gives the successor it gave.
    public var reuseGrace: Duration

    public init(life: Duration = .seconds(30 * 86_400), reuseGrace: Duration = .seconds(10)) {
        self.life = life
        self.reuseGrace = reuseGrace
    }
}

/// Opens a session for whoever knows an account's password.
public struct SignIn<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher, Tokens: AccessTokens>: Sendable {
    private let users: Users
    private let sessions: Sessions
    private let hasher: Hasher
    private let tokens: Tokens
    private let secrets: any RefreshSecrets
    private let rules: SessionRules
    private let ids: any IDSource
    private let clock: any WallClock

    public init(
        users: Users, sessions: Sessions, hasher: Hasher, tokens: Tokens, secrets: any RefreshSecrets,
        rules: SessionRules, ids: any IDSource, clock: any WallClock
    ) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
        self.tokens = tokens
        self.secrets = secrets
        self.rules = rules
        self.ids = ids
        self.clock = clock
    }

    /// An unknown address takes as long as a wrong password, and is refused the same way.
    ///
    /// Fails: `credentialsWrong`, unavailable. Cancelling before the session is stored leaves nothing behind.
    public func callAsFunction(email: String, password: ClaimedPassword, device: Device) async throws -> IssuedTokens {
        let credentials = try await credentials(of: email)
        let outcome = try await hasher.check(password, against: credentials?.hash)
        guard outcome != .wrong, let credentials else { throw Failure.credentialsWrong }
        if outcome == .rightButWeak { await strengthen(credentials, password) }
        return try await open(for: credentials.user, device: device)
    }

    /// Nil for unknown addresses, and for texts that are no address: neither is told apart from a wrong password.
    private func credentials(of email: String) async throws -> Credentials? {
        guard let address = try? EmailAddress(email) else { return nil }
        return try await users.credentials(of: address)
    }

    private func open(for user: User, device: Device) async throws -> IssuedTokens {
        let now = clock.now
        let secret = secrets.first()
        let session = Session(
            id: SessionID(ids.ordered()), userID: user.id, createdAt: now, lastUsedAt: now,
            expiresAt: now + rules.life, device: device)
        let access = try tokens.issue(to: user, session: session.id, at: now)
        try await sessions.open(session, chain: RefreshChain(first: secret, secrets: secrets))
        return IssuedTokens(
            access: access, refresh: RefreshToken(session: session.id, generation: 0, secret: secret),
            session: session.id, user: user.id)
    }

    /// Signing in must not fail for this: a hash that could not be replaced now is replaced next time.
    private func strengthen(_ credentials: Credentials, _ password: ClaimedPassword) async {
        guard let known = Password(known: password), let hash = try? await hasher.hash(known) else { return }
        _ = try? await users.replaceHash(of: credentials.user.id, from: credentials.hash, to: hash)
    }
}
