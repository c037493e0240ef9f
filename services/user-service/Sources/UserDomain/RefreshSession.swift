public import DomainKit

/// Trades a refresh token for its successor and a new access token.
///
/// Any number of callers with the same token within `SessionRules.reuseGrace` get the same successor, on any replica; within
/// `SessionRules.unusedGrace` as long as nobody has used that. Time is the store's, so a failover or a wrong clock ends nothing.
/// Later, the token is proof that two parties hold it: the session ends for both and the event is recorded.
public struct RefreshSession<Sessions: SessionStore, Tokens: AccessTokens>: Sendable {
    private let sessions: Sessions
    private let tokens: Tokens
    private let secrets: any RefreshSecrets
    private let rules: SessionRules
    private let clock: any WallClock

    public init(
        sessions: Sessions, tokens: Tokens, secrets: any RefreshSecrets, rules: SessionRules,
        clock: any WallClock
    ) {
        self.sessions = sessions
        self.tokens = tokens
        self.secrets = secrets
        self.rules = rules
        self.clock = clock
    }

    /// A ban keeps the token as it is: it goes on when the ban is over.
    ///
    /// Fails: `refreshTokenInvalid`, `refreshTokenReused`, `banned`, unavailable.
    public func callAsFunction(_ text: String, device: Device) async throws -> IssuedTokens {
        guard let token = RefreshToken(text) else { throw Failure.refreshTokenInvalid }
        while true {
            guard let grant = try await sessions.grant(token.session) else { throw Failure.refreshTokenInvalid }
            switch grant.chain.standing(of: token, at: grant.now, rules: rules, secrets: secrets) {
            case .newest:
                let access = try access(grant)
                if try await spend(token, of: grant) { return issued(access, token, grant) }
                // Another caller was faster: what the token is now, the next look tells. Each turn the chain has
                // moved on, so this ends.
                try Task.checkCancellation()
            case .repeated:
                return issued(try access(grant), token, grant)
            case .reused:
                try await revoke(grant, device: device)
                throw Failure.refreshTokenReused
            case .foreign:
                throw Failure.refreshTokenInvalid
            }
        }
    }

    private func access(_ grant: SessionGrant) throws(Failure) -> AccessToken {
        try grant.user.mustNotBeBanned()
        return try tokens.issue(
            to: grant.user, session: grant.session.id, since: grant.session.authenticatedAt,
            by: grant.session.methods, at: clock.now)
    }

    private func spend(_ token: RefreshToken, of grant: SessionGrant) async throws -> Bool {
        guard let step = grant.chain.spending(token, at: grant.now, rules: rules, secrets: secrets) else {
            throw Failure.refreshTokenInvalid
        }
        // Where the life is over, the row's end is now, and this token the last one.
        let life = rules.life(since: grant.session.createdAt, at: grant.now)
        return try await sessions.rotate(token.session, from: grant.chain, to: step, life: life)
    }

    private func revoke(_ grant: SessionGrant, device: Device) async throws {
        try await sessions.revoke(grant.session.id, of: grant.user.id, on: device)
    }

    private func issued(_ access: AccessToken, _ token: RefreshToken, _ grant: SessionGrant) -> IssuedTokens {
        IssuedTokens(
            access: access, refresh: token.successor(secrets), session: grant.session.id, user: grant.user.id)
    }
}
