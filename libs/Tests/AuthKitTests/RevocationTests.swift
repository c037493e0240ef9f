import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import PlatformTesting
import Testing

@Suite struct RevocationTests {
    let issuer = TestIssuer()

    func verifier(_ table: RevocationTable) -> TokenVerifier {
        TokenVerifier(
            keys: FixedKeys(issuer), rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience),
            revocations: table)
    }

    func event(_ kind: IdentityEvent.Kind, _ claims: TestIssuer.Claims, epoch: Int64 = 4) throws -> IdentityEvent {
        let session = kind == .sessionEnded ? claims.sid.flatMap { UUID(uuidString: $0) } : nil
        return IdentityEvent(
            seq: 1, tag: "a", kind: kind, userID: try #require(UUID(uuidString: claims.sub)), sessionID: session,
            epoch: epoch, at: Date())
    }

    func refusal(_ verifier: TokenVerifier, _ token: String) async -> String? {
        do throws(Failure) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return "\(error.kind) \(error.code)"
        }
    }

    @Test(arguments: [
        (IdentityEvent.Kind.banned, "forbidden user.banned"),
        (.rolesChanged, "unauthenticated platform.unauthenticated"),
        (.sessionEnded, "unauthenticated platform.unauthenticated"),
        (IdentityEvent.Kind(rawValue: "of_a_later_version"), "unauthenticated platform.unauthenticated"),
    ])
    func `an event makes a token void that was remembered as good`(
        _ kind: IdentityEvent.Kind, _ expected: String
    ) async throws {
        let table = RevocationTable.current()
        let verifier = verifier(table)
        let claims = TestIssuer.Claims()
        let token = try await issuer.token(claims)
        let principal = try await verifier.verify(token)
        #expect(verifier.remembered(token) == principal && principal.epoch == 3)
        table.apply(try event(kind, claims))
        #expect(verifier.remembered(token) == nil)
        #expect(await refusal(verifier, token) == expected)
        #expect(throws: Failure.self) { try verifier.check(principal) }
    }

    @Test func `a token of the epoch of the event, and one of another session, are good`() async throws {
        let table = RevocationTable.current()
        let verifier = verifier(table)
        var claims = TestIssuer.Claims()
        table.apply(try event(.banned, claims))
        table.apply(try event(.sessionEnded, claims))
        (claims.epoch, claims.sid) = (4, UUID().lowercased)
        let later = try await issuer.token(claims)
        #expect(await refusal(verifier, later) == nil)
    }

    @Test func `a token without an epoch is older than any event`() async throws {
        let table = RevocationTable.current()
        var claims = TestIssuer.Claims()
        claims.epoch = nil
        table.apply(try event(.rolesChanged, claims, epoch: 1))
        let token = try await issuer.token(claims)
        #expect(await refusal(verifier(table), token) != nil)
    }

    @Test func `no token is taken while nobody knows which are void`() async throws {
        let table = RevocationTable(patience: .seconds(60)) { 5_000_000_000 }
        let verifier = verifier(table)
        let token = try await issuer.token(.init())
        #expect(await refusal(verifier, token) == "unavailable platform.unavailable")
        table.heard(at: table.now)
        #expect(await refusal(verifier, token) == nil)
    }

    // MARK: Services

    func serviceToken(_ scope: String?, subject: String = "video-service") async throws -> String {
        var claims = TestIssuer.Claims()
        (claims.sub, claims.clientID, claims.scope) = (subject, "video-service", scope)
        (claims.sid, claims.roles) = (nil, nil)
        return try await issuer.token(claims)
    }

    @Test func `a service's token is not a person's, nor the other way round`() async throws {
        let verifier = verifier(.current())
        let token = try await serviceToken("identity:events users:read")
        let service = try await verifier.verifyService(token)
        #expect(service.clientID == "video-service" && service.scopes == ["identity:events", "users:read"])
        #expect(await refusal(verifier, token) == "unauthenticated platform.unauthenticated")
        #expect(verifier.remembered(token) == nil)
        let own = try await issuer.token(.init())
        await #expect(throws: Failure.self) { try await verifier.verifyService(own) }
        _ = try await verifier.verify(own)
        await #expect(throws: Failure.self) { try await verifier.verifyService(own) }
    }

    @Test func `a client that names somebody else as its subject is nobody`() async throws {
        let token = try await serviceToken("identity:events", subject: UUID().lowercased)
        let verifier = verifier(.current())
        #expect(await refusal(verifier, token) != nil)
        await #expect(throws: Failure.self) { try await verifier.verifyService(token) }
    }

    @Test func `a route for a scope takes services that have it, and people of its roles`() async throws {
        let table = RevocationTable.current()
        let routes = AccessRouter(verifier: verifier(table))
        routes.get("/decisions", .scope("authz:decide", or: [.moderator])) { _, context in
            context.service?.clientID ?? context.principal?.userID.lowercased ?? ""
        }
        let walk = AccessWalk(
            routes.table,
            callers: [
                .init("nobody", authorization: nil, roles: nil),
                .init("user", authorization: try await bearer(roles: ["user"]), roles: [.user]),
                .init("moderator", authorization: try await bearer(roles: ["moderator"]), roles: [.moderator]),
                .init(
                    service: "decider", authorization: "Bearer " + (try await serviceToken("a authz:decide b")),
                    scopes: ["authz:decide"]),
                .init(
                    service: "other", authorization: "Bearer " + (try await serviceToken("authz")), scopes: ["authz"]),
                .init(service: "none", authorization: "Bearer " + (try await serviceToken(nil)), scopes: []),
            ])
        try await Application(responder: routes.edge()).test(.router) { client in
            let findings = try await walk.findings(client)
            #expect(findings == [])
        }
        #expect(routes.table.text == "scope:authz:decide|roles:moderator GET     /decisions\n")
    }

    @Test func `a banned moderator does not pass a route for a scope`() async throws {
        let table = RevocationTable.current()
        let routes = AccessRouter(verifier: verifier(table))
        routes.get("/decisions", .scope("authz:decide", or: [.moderator])) { _, _ in "" }
        let token = try await bearer(roles: ["moderator"])
        try await Application(responder: routes.edge()).test(.router) { client in
            let before = try await client.execute(uri: "/decisions", method: .get, headers: [.authorization: token])
            #expect(before.status == .ok)
            table.apply(try event(.banned, .init()))
            let after = try await client.execute(uri: "/decisions", method: .get, headers: [.authorization: token])
            #expect(after.status == .forbidden && String(buffer: after.body).contains("user.banned"))
        }
    }

    func bearer(roles: [String]) async throws -> String {
        var claims = TestIssuer.Claims()
        claims.roles = roles
        return "Bearer " + (try await issuer.token(claims))
    }
}
