public import DomainKit
public import WebAuthn

/// What somebody shows who is signed in already.
public enum StepUpProof: Sendable {
    /// Of an app, or a recovery code.
    case code(String)
    case password(ClaimedPassword)
    /// An answer to `StepUp.options`.
    case passkey(AssertedCredential)
}

/// A new access token of a session that goes on.
public struct SteppedUp: Sendable {
    public let access: AccessToken
    public let session: SessionID
    public let user: UserID
}

/// Lets somebody show again who they are, in the session there is, and gives a token that says so.
///
/// A session never shows less than before: where an account has a second factor, or the session has shown two, a password is not
/// looked at.
public struct StepUp<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher, Tokens: AccessTokens>: Sendable {
    private let users: Users
    private let sessions: Sessions
    private let hasher: Hasher
    private let tokens: Tokens
    private let factors: any SecondFactorStore
    let passkeys: any PasskeyStore
    let site: RelyingParty?
    private let budgets: any GuessBudgets
    private let clock: any WallClock

    /// - Parameter site: nil where the platform has no domain name.
    public init(
        users: Users, sessions: Sessions, hasher: Hasher, tokens: Tokens, factors: any SecondFactorStore,
        passkeys: any PasskeyStore, site: RelyingParty?, budgets: any GuessBudgets, clock: any WallClock
    ) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
        self.tokens = tokens
        self.factors = factors
        self.passkeys = passkeys
        self.site = site
        self.budgets = budgets
        self.clock = clock
    }

    /// Wrong codes and wrong passwords are counted with all others of whoever holds the account's tokens.
    ///
    /// Fails: `codeWrong`, `secondFactorIsOff`, `stepUpPasswordWrong`, `passwordNotEnough`, `passkeyNotShown`,
    /// `passkeysUnusable`, `banned`, `tokenVoid`, rate limited, unavailable.
    public func callAsFunction(_ owner: ActingOwner, by proof: StepUpProof) async throws -> SteppedUp {
        let grant = try await grant(owner)
        let session = grant.session.id
        switch proof {
        case .code(let code): try await show(code, in: session, by: owner)
        case .password(let password): try await show(password, in: grant)
        case .passkey(let credential): try await show(credential, in: session, of: owner.id)
        }
        guard let now = try await sessions.grant(session) else { throw Failure.tokenVoid }
        let access = try tokens.issue(
            to: now.user, session: session, since: now.session.authenticatedAt, by: now.session.methods, at: clock.now)
        return SteppedUp(access: access, session: session, user: owner.id)
    }

    /// The session there is, and whose it is.
    func grant(_ owner: ActingOwner) async throws -> SessionGrant {
        guard let session = owner.session, let grant = try await sessions.grant(session), grant.user.id == owner.id
        else { throw Failure.tokenVoid }
        try grant.user.mustNotBeBanned()
        return grant
    }

    private func show(_ code: String, in session: SessionID, by owner: ActingOwner) async throws {
        let id = owner.id
        guard let kept = try await factors.factor(of: id), kept.factor.isConfirmed else {
            throw Failure.secondFactorIsOff
        }
        let outcome = try await budgets.spendingCodes(.holderCodes(id)) {
            guard let proof = kept.factor.proof(of: code, by: id, at: kept.now) else { return .codeSpent }
            return try await factors.show(kept.factor.id, of: id, proof: proof, in: session, device: owner.device)
        }
        switch outcome {
        case .done: return
        case .codeSpent: throw Failure.codeWrong
        case .changed: throw Failure.tokenVoid
        }
    }

    private func show(_ password: ClaimedPassword, in grant: SessionGrant) async throws {
        let id = grant.user.id
        guard let credentials = try await users.credentials(of: id) else { throw Failure.accountGone }
        guard credentials.secondFactor == nil, !grant.session.methods.isTwoFactors else {
            throw Failure.passwordNotEnough
        }
        let outcome = try await budgets.spending(.holder(id)) {
            try await hasher.check(password, against: credentials.hash)
        }
        guard outcome != .wrong else { throw Failure.stepUpPasswordWrong }
        guard try await sessions.showPassword(credentials.hash, of: id, in: grant.session.id) else {
            throw Failure.tokenVoid
        }
    }
}
