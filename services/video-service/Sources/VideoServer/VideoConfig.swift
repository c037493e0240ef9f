public import Foundation
public import ServiceKit
public import VideoDomain

/// Every setting of the service, read once at start.
public struct VideoConfig: ServiceConfiguration {
    public let common: CommonSettings
    public let databaseURL: String
    public let tokens: Tokens
    public let media: Media
    public let limits: UploadLimits
    public let sweepInterval: Duration

    /// Whose access tokens count.
    public struct Tokens: Sendable {
        public let issuer: String
        public let audience: String
        public let jwksURL: String
        public let allowsPlaintextJWKS: Bool
    }

    /// Where bytes are kept and how they are handed out.
    public struct Media: Sendable {
        public let storeURL: URL
        public let linkKey: Data
        public let linkLife: Duration
    }

    public init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8082, operationsPort: 9082)
        databaseURL = settings.secret(
            "DATABASE_URL", default: "postgres://video_service@127.0.0.1:15432/video_service", "Where PostgreSQL is")
        tokens = Tokens(
            issuer: settings.string("TOKEN_ISSUER", default: "http://127.0.0.1:8080", "Who issues access tokens"),
            audience: settings.string("TOKEN_AUDIENCE", default: "hiroba", "Whom access tokens must be for"),
            jwksURL: settings.string(
                "JWKS_URL", default: "http://127.0.0.1:8081/.well-known/jwks.json",
                "Where the issuer's public keys are: https, file, or http on this machine"),
            allowsPlaintextJWKS: settings.bool(
                "JWKS_ALLOW_HTTP", default: false, "Take keys by plain HTTP from another machine: a mesh encrypts"))
        media = Media(
            storeURL: Self.storeURL(from: &settings),
            linkKey: settings.secretKey("MEDIA_URL_KEY", byteCount: 32, "Signs the URLs of videos: 32 bytes in base64"),
            linkLife: settings.seconds(
                "MEDIA_URL_SECONDS", default: 300, in: 1...300, "How long a video's URL is good for"))
        limits = UploadLimits(
            mostBytes: Int64(
                settings.integer(
                    "MAX_UPLOAD_BYTES", default: 64 << 30, in: 1...(1 << 43), "Bytes of the largest video")),
            expiry: .seconds(
                3_600
                    * settings.integer(
                        "UPLOAD_EXPIRY_HOURS", default: 24, in: 1...8_760,
                        "Hours without progress after which an upload is given up")))
        sweepInterval = settings.seconds(
            "SWEEP_SECONDS", default: 60, in: 1...86_400, "Pause between two rounds of housekeeping")
    }

    /// A store we know of and do not speak to yet is told apart from a slip of the pen.
    private static func storeURL(from settings: inout SettingsReader) -> URL {
        let url = settings.url("OBJECT_STORE_URL", schemes: ["file", "s3"], "Where the bytes of videos are kept")
        if url.scheme == "s3" {
            settings.note("OBJECT_STORE_URL", "s3:// is not there yet: give a directory, file:///absolute/directory")
        }
        return url
    }
}
