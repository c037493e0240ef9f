import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import Logging
import OneTimePasswords
import PlatformTesting
import Postgres
import Redis
import ServiceKit
import ServiceLifecycle
import Testing
import UserDomain

@testable import UserServer
@testable import UserStorage

/// The parts as they are put together for `serve`, on a real database and over real sockets.
@Suite struct UserWiringTests {
    func wiring(
        _ databaseURL: String, redis: String? = nil, tokenRequests: Int = 1_000, verifying folder: URL? = nil,
        breached: String = ""
    ) async throws -> UserWiring {
        let wiring = try await withoutKeys(
            databaseURL, redis: redis, tokenRequests: tokenRequests, verifying: folder, breached: breached)
        try await PostgresMigrations.userService().apply(on: wiring.database, logger: wiring.logger)
        try await wiring.keyring.prepare()
        return wiring
    }

    /// As before the first look at the database.
    ///
    /// - Parameter folder: where mail goes; addresses must be verified then.
    func withoutKeys(
        _ databaseURL: String, redis: String? = nil, tokenRequests: Int = 1_000, verifying folder: URL? = nil,
        breached: String = ""
    ) async throws -> UserWiring {
        let shared = try await TestRedis.shared().url
        let config = try Settings.load(
            UserConfig.self,
            from: SettingsSource(environment: [
                "DATABASE_URL": databaseURL, "REDIS_URL": redis ?? shared, "KEY_ENCRYPTION_KEY": UserConfigTests.key,
                "REQUIRE_VERIFIED_EMAIL": "\(folder != nil)",
                "MAIL_URL": "file://\(folder?.path() ?? "/nowhere")",
                "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1", "SIGN_UPS_PER_MINUTE": "1000",
                "SIGN_INS_PER_MINUTE": "1000", "TOKEN_REQUESTS_PER_MINUTE": "\(tokenRequests)",
                "BREACHED_PASSWORDS_FILE": breached,
            ])
        ).configuration
        return try UserWiring(config, logger: Logger(label: "test"))
    }

    func serve(_ wiring: UserWiring, _ body: @escaping @Sendable (TestUserClient) async throws -> Void) async throws {
        let application = Application(responder: wiring.adapters.routes(wiring.config).edge(), server: .edge())
        try await wiring.database.closing {
            try await following(wiring) {
                try await application.test(.live) { try await body(TestUserClient(client: $0)) }
            }
        }
    }

    /// Runs `body` while the replica knows what is void.
    func following(_ wiring: UserWiring, _ body: () async throws -> Void) async throws {
        let following = Task { try await wiring.follower.run() }
        defer { following.cancel() }
        try await until("the table is current") { (try? wiring.follower.check()) != nil }
        try await body()
    }

    @Test func `a user's whole stay, from signing up to being forgotten`() async throws {
        try await serve(wiring(TestPostgres.database())) { api in
            let user = try await api.newUser()
            let taken = try await api.send(
                .post, "/v1/users",
                #"{"email":"\#(user.email)","password":"\#(TestService.password)","display_name":"b"}"#)
            #expect(taken.code == "user.email-taken")
            let successors = try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await api.send(
                            .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#
                        ).string("refresh_token")
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            let renamed = try await api.send(
                .patch, "/v1/me", #"{"display_name":"次郎"}"#, token: user.access, headers: [.ifMatch: #""1""#])
            #expect(renamed.headers[.eTag] == #""2""#)
            let listed = try await api.send(.get, "/v1/sessions", token: user.access)
            #expect((listed.json["items"] as? [[String: Any]])?.first?["current"] as? Bool == true)
            let erased = try await api.send(
                .delete, "/v1/me", #"{"password":"\#(TestService.password)"}"#, token: user.access,
                headers: [.ifMatch: #""2""#])
            #expect(erased.status == .accepted)
            try await until("its tokens are void") {
                try await api.send(.get, "/v1/me", token: user.access).status == .unauthorized
            }
        }
    }

    @Test func `nobody signs up with a password of the file, nor changes to one`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("D3224EC969AB9AF621D33EF107B65A828C136F41:3\r\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await serve(wiring(TestPostgres.database(), breached: file.path())) { api in
            let refused = try await api.send(
                .post, "/v1/users", #"{"email":"a@example.com","password":"an0ther&one","display_name":"b"}"#)
            #expect(refused.status == .badRequest && refused.pointers == ["/password"])
            let user = try await api.newUser()
            let change = #"{"current_password":"\#(TestService.password)","new_password":"an0ther&one"}"#
            let kept = try await api.send(.put, "/v1/me/password", change, token: user.access)
            #expect(kept.status == .badRequest && kept.pointers == ["/new_password"])
        }
    }

    /// The token that stands alone on a line of the one mail in `folder`; nil before it is there.
    private func mailedToken(in folder: URL) throws -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        guard let name = names.first(where: { $0.hasSuffix(".eml") && !$0.hasPrefix(".") }) else { return nil }
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).map(String.init).first { MailToken($0) != nil }
    }

    @Test func `an address is verified by the mail that went there, and nobody signs in before`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let wiring = try await wiring(TestPostgres.database(), verifying: folder)
        try await serve(wiring) { api in
            let credentials = #"{"email":"hanako@example.com","password":"\#(TestService.password)"}"#
            for _ in 0..<2 {
                let answer = try await api.send(
                    .post, "/v1/users",
                    #"{"email":"hanako@example.com","password":"\#(TestService.password)","display_name":"花子"}"#)
                #expect(answer.status == .accepted)
            }
            #expect(try await api.send(.post, "/v1/sessions", credentials).code == "user.email-not-verified")
            #expect(try await wiring.postman.sendOne() == .done)
            let token = try #require(try mailedToken(in: folder))
            #expect(try await wiring.postman.sendOne() == .done)
            #expect(try await wiring.postman.sendOne() == .nothing)
            let body = #"{"token":"\#(token)"}"#
            #expect(try await api.send(.post, "/v1/email-verifications/confirm", body).status == .noContent)
            _ = try await api.signIn(email: "hanako@example.com")
        }
    }

    @Test func `without its database the service says so, and comes back by itself`() async throws {
        let server = try await TestPostgres.start(settings: ["synchronous_commit = on"])
        let wiring = try await wiring(server.createDatabase())
        try await serve(wiring) { api in
            let user = try await api.newUser()
            try await server.kill()
            let credentials = #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#
            for answer in [
                try await api.send(.get, "/v1/me", token: user.access),
                try await api.send(.post, "/v1/sessions", credentials),
                try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#),
            ] {
                #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] != nil)
            }
            try await server.start()
            var answer = try await api.send(.get, "/v1/me", token: user.access)
            while answer.status == .serviceUnavailable {
                answer = try await api.send(.get, "/v1/me", token: user.access)
            }
            #expect(answer.status == .ok)
        }
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "user-service")
        let server = try await TestPostgres.start()
        let database = try await server.createDatabase()
        let wiring = try await wiring(database)
        #expect(Set(wiring.checks.map(\.name)) == Set(table.keys))
        try await following(wiring) {
            #expect(await told(by: wiring) == [:])
            let early = try await told(by: withoutKeys(database))
            #expect(early == table.filter { ["signing-keys", "identity"].contains($0.key) })
            try await server.kill()
            #expect(await told(by: wiring) == table.filter { $0.key == "postgres" })
        }
    }

    @Test func `without Redis a replica is ready all the same, and says that it hears of things later`() async throws {
        let table = try ReadinessTable.verdicts(for: "user-service")
        let wiring = try await wiring(TestPostgres.database(), redis: "redis://127.0.0.1:1")
        try await wiring.database.closing {
            try await following(wiring) {
                #expect(await told(by: wiring) == table.filter { $0.key == "redis" })
            }
        }
    }

    @Test func `before it knows what is void a replica takes no token`() async throws {
        let wiring = try await wiring(TestPostgres.database())
        let application = Application(responder: wiring.adapters.routes(wiring.config).edge(), server: .edge())
        try await wiring.database.closing {
            try await application.test(.router) { client in
                let api = TestUserClient(client: client)
                let user = try await api.newUser()
                #expect(try await api.send(.get, "/v1/me", token: user.access).status == .serviceUnavailable)
            }
        }
    }

    @Test func `a ban on one replica closes the doors of another, and its end opens them`() async throws {
        let (database, redis) = (try await TestPostgres.database(), try await TestRedis.start())
        let one = try await wiring(database, redis: redis.url)
        let other = try await wiring(database, redis: redis.url)
        let services = (one.services + other.services).map { service in Task { try await service.run() } }
        let application = Application(responder: other.adapters.routes(other.config).edge(), server: .edge())
        try await until("both are current") {
            (try? one.follower.check()) != nil && (try? other.follower.check()) != nil
        }
        try await application.test(.router) { client in
            let api = TestUserClient(client: client)
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            func codes() async throws -> [String?] {
                let refresh = #"{"refresh_token":"\#(user.refresh)"}"#
                return try await [
                    api.send(.get, "/v1/me", token: user.access).code,
                    api.send(.post, "/v1/sessions/refresh", refresh).code,
                ]
            }
            try await one.database.execute(
                """
                WITH changed AS (
                    UPDATE users u SET \(sql: StandingRow.banned(until: Date() + 3_600, reason: "spam", by: nil))
                    WHERE u.id = \(id.uuid) RETURNING u.id, u.epoch
                )
                \(sql: IdentityEventRow.insertion(.banned, from: "changed"))
                """)
            try await until("it is banned") { try await codes() == ["user.banned", "user.banned"] }
            try await one.database.execute("UPDATE users SET banned_until = now(), standing_changes_at = now()")
            try await until("it is banned no more") {
                try await codes() == ["platform.unauthenticated", nil]
            }
            let again = try await api.signIn(email: user.email)
            #expect(try await api.send(.get, "/v1/me", token: again.access).status == .ok)
        }
        for service in services { service.cancel() }
        for service in services { _ = try? await service.value }
    }

    @Test func `of second steps with one code on two replicas one opens a session`() async throws {
        let database = try await TestPostgres.database()
        let (one, other) = (try await wiring(database), try await wiring(database))
        try await serve(one) { api in
            try await serve(other) { twin in
                let user = try await api.newUser()
                let offer = try await api.send(.post, "/v1/me/mfa/totp", token: user.access)
                let totp = TOTP(secret: try #require(OneTimeSecret(base32: offer.string("secret"))))
                // Of now and of the next step: whenever the database looks, both count.
                let codes = [totp.code(at: Date()), totp.code(at: Date() + 30)]
                let confirmed = try await twin.send(
                    .post, "/v1/me/mfa/totp/confirm", #"{"code":"\#(codes[0])"}"#, token: user.access)
                #expect(confirmed.status == .ok)
                let answers = try await withThrowingTaskGroup { group in
                    for index in 0..<20 {
                        let (first, second) = index.isMultiple(of: 2) ? (api, twin) : (twin, api)
                        group.addTask {
                            let step = try await first.send(
                                .post, "/v1/sessions",
                                #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#)
                            return try await second.send(
                                .post, "/v1/sessions/mfa",
                                #"{"mfa_token":"\#(step.string("mfa_token"))","code":"\#(codes[1])"}"#)
                        }
                    }
                    return try await group.reduce(into: [ServiceAnswer]()) { $0.append($1) }
                }
                #expect(answers.filter { $0.status == .created }.count == 1)
                let refused = Set(answers.compactMap(\.code))
                #expect(refused.isSubset(of: ["user.mfa-code-wrong", "platform.rate-limited"]))
            }
        }
    }

    private static let secret = String(repeating: "s3cret", count: 6)

    private func declareService(_ wiring: UserWiring) async throws {
        try await wiring.declare([
            ServiceClientList.Line(
                id: ServiceClientID(stored: "video-service"), secret: try #require(ServiceSecret(Self.secret)),
                scopes: [.identityEvents])
        ])
    }

    @Test func `another service follows what makes tokens void, with a token of its own`() async throws {
        let wiring = try await wiring(TestPostgres.database())
        try await declareService(wiring)
        try await serve(wiring) { api in
            let url = "http://127.0.0.1:\(try #require(api.client.port))"
            let tokens = try ServiceTokenSource(
                url: url, clientID: "video-service", secret: Self.secret, scope: "identity:events",
                timeout: .seconds(60))
            let feed = try HTTPRevocationFeed(url: url, tokens: tokens, timeout: .seconds(60))
            let before = try await feed.events(after: nil)
            let user = try await api.newUser()
            #expect(
                try await api.send(.delete, "/v1/sessions/\(user.session)", token: user.access).status == .noContent)
            let page = try await feed.events(after: before.next)
            #expect(page.events.map(\.kind) == [.sessionEnded])
            #expect(page.events.first?.userID.lowercased == user.user)
            #expect(page.events.first?.sessionID?.lowercased == user.session)
            #expect(try await feed.events(after: page.next) == IdentityPage(events: [], next: page.next))
            // A person's token opens nothing here.
            #expect(
                try await api.send(.get, "/internal/v1/revocations", token: api.newUser().access).status == .forbidden)
        }
    }

    @Test func `a limit is one for all replicas, and each one's own while Redis is away`() async throws {
        let (database, redis) = (try await TestPostgres.database(), try await TestRedis.start())
        let one = try await wiring(database, redis: redis.url, tokenRequests: 2)
        let other = try await wiring(database, redis: redis.url, tokenRequests: 2)
        func grant(_ wiring: UserWiring) async throws -> HTTPResponse.Status {
            let application = Application(responder: wiring.adapters.routes(wiring.config).edge(), server: .edge())
            return try await application.test(.router) { client in
                try await TestUserClient(client: client).grant(basic: "nobody:\(Self.secret)").status
            }
        }
        // Until there is a connection, a replica counts for itself.
        for wiring in [one, other] {
            try await until("Redis is there") {
                try await wiring.redis.ping(); return true
            }
        }
        #expect(try await grant(one) == .unauthorized)
        #expect(try await grant(other) == .unauthorized)
        #expect(try await grant(one) == .tooManyRequests)
        #expect(try await grant(other) == .tooManyRequests)
        try await redis.kill()
        #expect(try await grant(one) == .unauthorized, "this replica has not counted yet")
        for wiring in [one, other] {
            await wiring.database.close()
            await wiring.redis.close()
        }
    }

    /// What is away, and how bad that is.
    private func told(by wiring: UserWiring) async -> [String: ReadinessTable.Verdict] {
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in wiring.checks where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }
}
