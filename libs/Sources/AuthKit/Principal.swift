public import Foundation

/// Who is calling, as a verified access token says (RFC 9068).
///
/// It is a snapshot of the moment the token was issued: a change of roles shows with the next token.
public struct Principal: Sendable, Hashable {
    public var userID: UUID
    /// The session that got the token; nil for tokens that belong to no session.
    public var sessionID: UUID?
    public var roles: Set<String>
    /// Membership: `free` when the token says nothing.
    public var tier: String
    public var emailVerified: Bool
    public var issuedAt: Date
    /// The token is void from this moment on.
    public var expiresAt: Date

    public init(
        userID: UUID, sessionID: UUID? = nil, roles: Set<String> = [], tier: String = "free",
        emailVerified: Bool = false, issuedAt: Date, expiresAt: Date
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.roles = roles
        self.tier = tier
        self.emailVerified = emailVerified
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }
}
