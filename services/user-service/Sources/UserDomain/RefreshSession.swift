public import DomainKit
import Foundation

/// Trades a refresh token for its successor and a new access token.
///
/// Any number of callers with the same token within `SessionRules.reuseGrace` get the same successor, on any replica.
/// Later, the token is proof that two parties hold it: the session ends for both and the event is recorded.
public struct RefreshSession<Sessions: SessionStore, Tokens: AccessTokens>: Sendable {
    private let sessions: Sessions
    private let tokens: Tokens
    private let secrets: any RefreshSecrets
    private let rules: SessionRules
    private let ids: any IDSource
    private let clock: any WallClock

    public init(
        sessions: Sessions, tokens: Tokens, secrets: any RefreshSecrets, rules: SessionRules, ids: any IDSource,
        clock: any WallClock
    ) {
        self.sessions = sessions
        self.tokens = tokens
        self.secrets = secrets
        self.rules = rules
        self.ids = ids
        self.clock = clock
    }

    /// Fails: `refreshTokenInvalid`, `refreshTokenReused`, unavailable.
    public func callAsFunction(_ text: String, device: Device) async throws -> IssuedTokens {
        guard let token = RefreshToken(text) else { throw Failure.refreshTokenInvalid }
        while true {
            let now = clock.now
            guard let grant = try await sessions.grant(token.session), grant.session.expiresAt > now else {
                throw Failure.refreshTokenInvalid
            }
            switch grant.chain.standing(of: token, at: now, grace: rules.reuseGrace, secrets: secrets) {
            case .newest:
                let access = try tokens.issue(to: grant.user, session: token.session, at: now)
                if try await spend(token, of: grant, at: now) { return issued(access, token, grant) }
                // Another caller was faster: what the token is now, the next look tells. Each turn the chain has
                // moved on, so this ends.
                try Task.checkCancellation()
            case .repeated:
                return issued(try tokens.issue(to: grant.user, session: token.session, at: now), token, grant)
            case .reused:
                try await revoke(grant, device: device, at: now)
                throw Failure.refreshTokenReused
            case .foreign:
                throw Failure.refreshTokenInvalid
            }
        }
    }

    private func spend(_ token: RefreshToken, of grant: SessionGrant, at now: Date) async throws -> Bool {
        var session = grant.session
        session.lastUsedAt = now
        session.expiresAt = now + rules.life
        let next = grant.chain.spending(token, at: now, grace: rules.reuseGrace, secrets: secrets)
        return try await sessions.rotate(session, from: grant.chain, to: next)
    }

    private func revoke(_ grant: SessionGrant, device: Device, at now: Date) async throws {
        try await sessions.revoke(
            grant.session.id,
            recording: SecurityEvent(
                id: ids.ordered(), kind: .refreshTokenReused, userID: grant.user.id, sessionID: grant.session.id,
                at: now, device: device))
    }

    private func issued(_ access: AccessToken, _ token: RefreshToken, _ grant: SessionGrant) -> IssuedTokens {
        IssuedTokens(
            access: access, refresh: token.successor(secrets), session: grant.session.id, user: grant.user.id)
    }
}

extension Date {
    static func + (date: Date, duration: Duration) -> Date {
        date.addingTimeInterval(duration / .seconds(1))
    }
}
