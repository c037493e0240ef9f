import Foundation

/// How a service asks user-service for what tokens do not tell: what every service can be told that follows it.
public struct IdentitySettings: Sendable {
    public let url: String
    public let clientID: String
    public let clientSecret: String

    /// - Parameter defaultClient: the name of the service, which it is known by unless told otherwise.
    public init(from settings: inout SettingsReader, defaultClient: String) {
        url =
            settings.url(
                "IDENTITY_URL", default: "http://127.0.0.1:8081", schemes: ["https", "http"],
                "Where user-service is inside the platform: https, or http on this machine"
            ).absoluteString
        clientID = settings.string(
            "SERVICE_CLIENT_ID", default: defaultClient, "What this service calls itself at user-service")
        clientSecret = settings.secret("SERVICE_CLIENT_SECRET", "What it proves that with")
    }
}
