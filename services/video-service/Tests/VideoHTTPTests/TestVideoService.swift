import AWSSigning
import AuthKit
import Crypto
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import Logging
import NIOCore
import PlatformTesting
import Postgres
import ServiceKit
import Synchronization
import Testing
import VideoDomain
import VideoHTTP
import VideoServer
import VideoStorage
import VideoTestKit

/// The whole service as it is wired, on a throw-away database, a directory of its own and keys of its own.
final class TestVideoService: Sendable {
    let config: VideoConfig
    let wiring: VideoWiring
    let databaseURL: String
    let issuer = TestIssuer(name: "http://127.0.0.1:8080")
    private let events = Atomic<Int64>(0)
    let directory = FileManager.default.temporaryDirectory.appending(path: "video-service-\(UUID().uuidString)")

    /// Without a database every question to it ends as if it were away.
    convenience init(
        databaseURL: String = "postgres://nobody@127.0.0.1:1/none", linkSeconds: Int = 300,
        revocations: RevocationTable = .current(), rights: ScriptedRights = ScriptedRights()
    ) throws {
        try self.init(
            settings: ["DATABASE_URL": databaseURL, "MEDIA_URL_SECONDS": "\(linkSeconds)"], revocations: revocations,
            rights: rights)
    }

    /// Without `rights` it asks whoever `IDENTITY_URL` names, without `limits` they are counted in Redis.
    init(
        settings given: [String: String], revocations: RevocationTable = .current(),
        access: WatchAccessTable = .current(), rights: ScriptedRights? = nil,
        contents: any ContentsRule = AnyContents(),
        limits: (any RateLimitStore)? = InMemoryRateLimitStore(), credentials: (any AWSCredentialsProvider)? = nil
    ) throws {
        databaseURL = given["DATABASE_URL"] ?? ""
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let jwks = directory.appending(path: "jwks.json")
        try Data(issuer.jwks.utf8).write(to: jwks)
        let settings = try Settings.load(
            VideoConfig.self,
            from: SettingsSource(
                environment: [
                    "OBJECT_STORE_URL": directory.appending(path: "media").absoluteString,
                    "MEDIA_URL_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
                    "JWKS_URL": jwks.absoluteString, "MAX_UPLOAD_BYTES": "100000000", "LOG_LEVEL": "error",
                    "UPLOADS_PER_MINUTE": "10000", "REPORTS_PER_MINUTE": "10000", "SHARES_PER_MINUTE": "10000",
                    "VIDEO_QUOTAS": "free uploads=1000 videos=1000 bytes=1TiB",
                    "SERVICE_CLIENT_SECRET": "any",
                ].merging(given) { $1 }))
        config = settings.configuration
        wiring = try VideoWiring(
            config, revocations: revocations, access: access, rights: rights, contents: contents, limits: limits,
            credentials: credentials,
            logger: Logger(label: "test"))
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    static func onDatabase(
        _ settings: [String: String] = [:], rights: ScriptedRights = ScriptedRights(),
        contents: any ContentsRule = AnyContents()
    ) async throws -> TestVideoService {
        try TestVideoService(
            settings: settings.merging(["DATABASE_URL": try await database()]) { $1 }, rights: rights,
            contents: contents)
    }

    /// A database with the service's tables.
    static func database() async throws -> String {
        let url = try await TestPostgres.database()
        try await migrate(url)
        return url
    }

    /// As the follower does with what user-service tells.
    func tell(_ kind: IdentityEvent.Kind, of user: UUID, session: UUID? = nil, epoch: Int64 = 0) {
        wiring.revocations.apply(
            IdentityEvent(
                seq: events.add(1, ordering: .relaxed).newValue, tag: UUID().uuidString, kind: kind, userID: user,
                sessionID: session, epoch: epoch, at: Date()))
    }

    /// Waits until some request writes to an upload.
    func untilWriting() async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: databaseURL))
        try await until("a request writes") {
            try await database.first("SELECT 1 FROM uploads WHERE lease_until > clock_timestamp()") != nil
        }
        await database.close()
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

    /// The same, while it follows who may watch what.
    func following<Value: Sendable>(
        _ body: @escaping @Sendable (TestClient) async throws -> Value
    ) async throws -> Value {
        let follower = wiring.access
        let following = Task { try await follower.run() }
        defer { following.cancel() }
        return try await serve(body)
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
