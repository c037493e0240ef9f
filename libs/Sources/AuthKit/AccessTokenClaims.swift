import Foundation

/// The claims of an access token that are read here (RFC 9068 §2.2 and the contract's own).
struct AccessTokenClaims: Decodable {
    var iss: String
    var sub: String
    var aud: Audience
    var exp: Double
    var iat: Double
    var nbf: Double?
    var sid: UUID?
    var epoch: Int64?
    var roles: [String]?
    var tier: String?
    var emailVerified: Bool?
    var authTime: Double?
    var acr: String?
    var withheldRoles: [String]?
    var clientID: String?
    var scope: String?

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, exp, iat, nbf, sid, epoch, roles, tier, scope, acr
        case emailVerified = "email_verified"
        case authTime = "auth_time"
        case withheldRoles = "roles_withheld"
        case clientID = "client_id"
    }

    /// One string or several (RFC 7519 §4.1.3).
    struct Audience: Decodable {
        var values: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                values = [one]
            } else {
                values = try container.decode([String].self)
            }
        }
    }

    /// Whether its times are in the years 1970 to 9999. Beyond them nobody can write one down, or wait for it.
    var hasSaneTimes: Bool { [exp, iat, nbf ?? iat, authTime ?? iat].allSatisfy((0...253_402_300_799).contains) }

    /// Whose token it is; nil when it says neither. A client that acts for itself is its own subject (RFC 9068 §2.2).
    var holder: TokenHolder? {
        if let clientID {
            guard clientID == sub else { return nil }
            let scopes = Set((scope ?? "").split(separator: " ").map(String.init))
            return .service(ServicePrincipal(clientID: clientID, scopes: scopes, expiresAt: end))
        }
        guard let user = UUID(uuidString: sub) else { return nil }
        return .user(
            Principal(
                userID: user, sessionID: sid, epoch: epoch ?? 0, roles: Set(roles ?? []), tier: tier ?? "free",
                emailVerified: emailVerified ?? false, issuedAt: Date(timeIntervalSince1970: iat), expiresAt: end,
                authenticatedAt: authTime.map { Date(timeIntervalSince1970: $0) }, level: acr,
                withheldRoles: Set(withheldRoles ?? [])))
    }

    private var end: Date { Date(timeIntervalSince1970: exp) }
}

/// Who holds a verified token.
enum TokenHolder: Sendable {
    case user(Principal)
    case service(ServicePrincipal)

    var expiresAt: Date {
        switch self {
        case .user(let principal): principal.expiresAt
        case .service(let service): service.expiresAt
        }
    }
}
