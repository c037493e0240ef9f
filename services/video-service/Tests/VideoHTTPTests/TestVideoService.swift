import AuthKit
import Crypto
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import PlatformTesting
import Postgres
import ServiceKit
import Testing
import VideoDomain
import VideoHTTP
import VideoServer
import VideoStorage

/// The whole service as it is wired, on a throw-away database, a directory of its own and keys of its own.
final class TestVideoService: Sendable {
    let config: VideoConfig
    let wiring: VideoWiring
    let databaseURL: String
    let issuer = TestIssuer()
    let directory = FileManager.default.temporaryDirectory.appending(path: "video-service-\(UUID().uuidString)")

    /// Without a database every question to it ends as if it were away.
    init(databaseURL: String = "postgres://nobody@127.0.0.1:1/none", linkSeconds: Int = 300) throws {
        self.databaseURL = databaseURL
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let jwks = directory.appending(path: "jwks.json")
        try Data(issuer.jwks.utf8).write(to: jwks)
        let settings = try Settings.load(
            VideoConfig.self,
            from: SettingsSource(environment: [
                "DATABASE_URL": databaseURL, "OBJECT_STORE_URL": directory.appending(path: "media").absoluteString,
                "MEDIA_URL_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
                "MEDIA_URL_SECONDS": "\(linkSeconds)", "JWKS_URL": jwks.absoluteString,
                "MAX_UPLOAD_BYTES": "100000000", "LOG_LEVEL": "error",
            ]))
        config = settings.configuration
        wiring = try VideoWiring(config, logger: Logger(label: "test"))
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    static func onDatabase() async throws -> TestVideoService {
        let url = try await TestPostgres.database()
        try await migrate(url)
        return try TestVideoService(databaseURL: url)
    }

    static func migrate(_ url: String) async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: url))
        try await PostgresMigrations.videoService().apply(on: database, logger: Logger(label: "test"))
        await database.close()
    }

    /// Forgets the kept answers, as when the process was killed after what it did and before it kept what it said.
    func forgetAnswers() async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: databaseURL))
        try await database.execute(
            "UPDATE idempotency_keys SET status = NULL, fields = NULL, body = NULL, lease_until = now()")
        await database.close()
    }

    /// Runs `body` with a client over real sockets.
    func serve<Value: Sendable>(
        _ body: @escaping @Sendable (TestClient) async throws -> Value
    ) async throws -> Value {
        try await Application(responder: MethodOverride(wiring.routes().edge()), server: .media()).test(.live) {
            try await body(TestClient(client: $0, issuer: self.issuer))
        }
    }
}

/// Makes access tokens by hand, so that bad ones can be made too.
struct TestIssuer: Sendable {
    let key = P256.Signing.PrivateKey()

    var jwks: String {
        let point = key.publicKey.rawRepresentation
        let (x, y) = (base64url(point.prefix(32)), base64url(point.suffix(32)))
        return #"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"k","x":"\#(x)","y":"\#(y)"}]}"#
    }

    func token(
        for user: UUID, issuer: String = "http://127.0.0.1:8080", audience: String = "hiroba", life: Int = 600,
        roles: Set<Role> = [.user]
    ) throws -> String {
        let signed = message(#"{"alg":"ES256","typ":"at+jwt","kid":"k"}"#, for: user, issuer, audience, life, roles)
        return signed + "." + base64url(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    /// Signed with the public key as if it were a secret, or not at all.
    func forged(_ algorithm: String, for user: UUID) -> String {
        let signed = message(
            #"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"k"}"#, for: user, "http://127.0.0.1:8080", "hiroba", 600)
        if algorithm == "none" { return signed + "." }
        let secret = SymmetricKey(data: Data(key.publicKey.pemRepresentation.utf8))
        return signed + "." + base64url(Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: secret)))
    }

    private func message(
        _ header: String, for user: UUID, _ issuer: String, _ audience: String, _ life: Int,
        _ roles: Set<Role> = [.user]
    ) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims = """
            {"iss":"\(issuer)","aud":"\(audience)","sub":"\(user.lowercased)","iat":\(now - 60),"nbf":\(now - 60),\
            "exp":\(now + life),"jti":"\(UUID().lowercased)","roles":\(roles.map(\.rawValue))}
            """
        return base64url(Data(header.utf8)) + "." + base64url(Data(claims.utf8))
    }
}

func base64url(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
