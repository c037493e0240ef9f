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

    public init(
        userID: UUID, sessionID: UUID? = nil, epoch: Int64 = 0, roles: Set<String> = [], tier: String = "free",
        emailVerified: Bool = false, issuedAt: Date, expiresAt: Date
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.epoch = epoch
        self.roles = roles
        self.tier = tier
        self.emailVerified = emailVerified
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
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
