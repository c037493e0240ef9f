import AuthKit
import DomainKit
import HTTPKit
import IdentityEvents
import Hummingbird
import HummingbirdTesting
import PlatformTesting
import Testing

/// The instrument itself: what it finds wrong with routes that are not as they say.
@Suite struct AccessWalkTests {
    let issuer = TestIssuer()

    func findings(_ routes: AccessRouter<CallerContext>) async throws -> [String] {
        var claims = TestIssuer.Claims()
        claims.roles = ["user"]
        let user = AccessWalk.Caller(
            "user", authorization: "Bearer " + (try await issuer.token(claims)), roles: [.user])
        claims.roles = ["admin"]
        let admin = AccessWalk.Caller(
            "admin", authorization: "Bearer " + (try await issuer.token(claims)), roles: [.admin])
        let nobody = AccessWalk.Caller("nobody", authorization: nil, roles: nil)
        let walk = AccessWalk(routes.table, callers: [nobody, user, admin])
        return try await Application(responder: routes.edge()).test(.router) { try await walk.findings($0) }
    }

    func addRoutes(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/me", .token) { _, _ in "me" }
        routes.put("/v1/all/{id}", .roles([.admin])) { _, _ in "all" }
        routes.post("/v1/users", .open) { _, _ in "users" }
    }

    @Test func `routes that are as they say have no findings`() async throws {
        let routes = AccessRouter(
            verifier: TokenVerifier(
                keys: FixedKeys(issuer), rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience),
                revocations: .current()))
        addRoutes(to: routes)
        #expect(try await findings(routes) == [])
    }

    @Test func `a route that lets in whom it should not is found, whoever it is`() async throws {
        let routes = AccessRouter<CallerContext> { _ in nil }
        addRoutes(to: routes)
        #expect(
            try await findings(routes) == [
                "PUT /v1/all/{id}, roles:admin, nobody: 200, expected unauthenticated",
                "PUT /v1/all/{id}, roles:admin, user: 200, expected forbidden",
                "GET /v1/me, token, nobody: 200, expected unauthenticated",
                "HEAD /v1/me, token, nobody: 200, expected unauthenticated",
            ])
    }

    @Test func `a document that says otherwise is found`() throws {
        let routes = AccessRouter<CallerContext> { _ in nil }
        addRoutes(to: routes)
        routes.get("/v1/secret", .token) { _, _ in "" }
        let document = try OpenAPIDocument(
            yaml: """
                openapi: 3.1.0
                security: [{bearer: []}]
                paths:
                  /v1/me: {get: {}}
                  /v1/all/{id}: {put: {security: [{bearer: [moderator]}]}}
                  /v1/users: {post: {security: []}, get: {}}
                """.utf8)
        #expect(
            document.findings(comparedWith: routes.table) == [
                #"PUT /v1/all/{id} is roles:admin, documented: ["bearer:moderator"]"#,
                "GET /v1/secret is not documented", "GET /v1/users is documented and not there",
            ])
    }
}
