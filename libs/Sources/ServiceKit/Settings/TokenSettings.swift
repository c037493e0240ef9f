/// Whose access tokens count: what every service can be told that verifies those of user-service.
public struct TokenSettings: Sendable {
    public let issuer: String
    public let audience: String
    public let jwksURL: String
    public let allowsPlaintextJWKS: Bool

    public init(from settings: inout SettingsReader, issuer standard: String) {
        issuer = settings.string("TOKEN_ISSUER", default: standard, "Issuer of the access tokens taken")
        audience = settings.string("TOKEN_AUDIENCE", default: "hiroba", "Audience access tokens must be for")
        jwksURL = settings.string(
            "JWKS_URL", default: "http://127.0.0.1:8081/.well-known/jwks.json",
            "Where the issuer's public keys are: https, file, or http on this machine")
        allowsPlaintextJWKS = settings.bool(
            "JWKS_ALLOW_HTTP", default: false, "Take keys by plain HTTP from another machine: a mesh encrypts")
    }
}
