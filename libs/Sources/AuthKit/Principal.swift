import DomainKit
public import Foundation

/// Who is calling, as a verified access token says (RFC 9068).
///
/// It is a snapshot of the moment the token was issued; a change of roles or membership makes the token void, and the next one
/// says what is so then.
public struct Principal: Sendable, Hashable {
    public var userID: UUID
    /// The session that got the token; nil for tokens that belong to no session.
    public var sessionID: UUID?
    /// Counts what has voided tokens of the account; one with a lower number is void.
    public var epoch: Int64
    public var roles: Set<String>
    /// Membership: `free` when the token says nothing.
    public var tier: String
    public var emailVerified: Bool
    public var issuedAt: Date
    /// The token is void from this moment on.
    public var expiresAt: Date
    /// When the caller last showed who they are (`auth_time`), however often the token was renewed since.
    public var authenticatedAt: Date?
    /// By how much (`acr`): `2` for two factors.
    public var level: String?
    /// Roles of the account that count with two factors alone, in a token of one.
    public var withheldRoles: Set<String>

    public init(
        userID: UUID, sessionID: UUID? = nil, epoch: Int64 = 0, roles: Set<String> = [], tier: String = "free",
        emailVerified: Bool = false, issuedAt: Date, expiresAt: Date, authenticatedAt: Date? = nil,
        level: String? = nil, withheldRoles: Set<String> = []
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.epoch = epoch
        self.roles = roles
        self.tier = tier
        self.emailVerified = emailVerified
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.authenticatedAt = authenticatedAt
        self.level = level
        self.withheldRoles = withheldRoles
    }

    /// Fails: forbidden, without any of `wanted`, and with a word of what would help where the account has one.
    func mustHave(anyOf wanted: Set<String>, otherwise failure: Failure) throws(Failure) {
        guard roles.isDisjoint(with: wanted) else { return }
        throw withheldRoles.isDisjoint(with: wanted) ? failure : .roleWithheld
    }
}

/// Which service is calling, as a verified token says that it got for itself (RFC 6749 §4.4).
public struct ServicePrincipal: Sendable, Hashable {
    public var clientID: String
    /// What it may do.
    public var scopes: Set<String>
    /// The token is void from this moment on.
    public var expiresAt: Date

    public init(clientID: String, scopes: Set<String>, expiresAt: Date) {
        self.clientID = clientID
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}
