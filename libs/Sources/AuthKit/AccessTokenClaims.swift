import Foundation

/// The claims of an access token that are read here (RFC 9068 §2.2 and the contract's own).
struct AccessTokenClaims: Decodable {
    var iss: String
    var sub: UUID
    var aud: Audience
    var exp: Double
    var iat: Double
    var nbf: Double?
    var sid: UUID?
    var roles: [String]?
    var tier: String?
    var emailVerified: Bool?

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, exp, iat, nbf, sid, roles, tier
        case emailVerified = "email_verified"
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
    var hasSaneTimes: Bool { [exp, iat, nbf ?? iat].allSatisfy((0...253_402_300_799).contains) }

    var principal: Principal {
        Principal(
            userID: sub, sessionID: sid, roles: Set(roles ?? []), tier: tier ?? "free",
            emailVerified: emailVerified ?? false, issuedAt: Date(timeIntervalSince1970: iat),
            expiresAt: Date(timeIntervalSince1970: exp))
    }
}
