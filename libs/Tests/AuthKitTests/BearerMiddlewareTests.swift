import AuthKit
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite struct BearerMiddlewareTests {
    let issuer = TestIssuer()

    var app: some ApplicationProtocol {
        let verifier = TokenVerifier(
            keys: FixedKeys(issuer), rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience),
            revocations: .current())
        let routes = AccessRouter(verifier: verifier)
        routes.get("/open", .open) { _, context in context.callerID ?? "nobody" }
        routes.get("/me", .token) { _, context in try context.caller().userID.lowercased }
        routes.get("/admin", .roles([.creator, .admin])) { _, context in try context.caller().userID.lowercased }
        routes.get("/asked", .scope("a", or: [.admin])) { _, context in try context.caller().userID.lowercased }
        routes.get("/forgetful", .open) { _, context in try context.caller().userID.lowercased }
        return Application(responder: routes.edge())
    }

    func get(_ path: String, authorization: String?) async throws -> TestResponse {
        try await app.test(.router) { client in
            try await client.execute(
                uri: path, method: .get, headers: authorization.map { [.authorization: $0] } ?? [:])
        }
    }

    @Test(arguments: ["Bearer ", "bearer ", "BEARER   "])
    func `a valid token lets its holder in, however the scheme is written`(scheme: String) async throws {
        let claims = TestIssuer.Claims()
        let response = try await get("/me", authorization: scheme + issuer.token(claims))
        #expect(response.status == .ok && String(buffer: response.body) == claims.sub)
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic dTpw", "Bearer a b", "Bearer\ta.b.c", "é",
        "a.b.c", "Bearer " + String(repeating: "a", count: 10_000),
    ])
    func `everything else is a 401 that says how to do it`(field: String?) async throws {
        let response = try await get("/me", authorization: field)
        #expect(response.status == .unauthorized)
        #expect(response.headers[.wwwAuthenticate] == "Bearer")
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(String(buffer: response.body).contains(#""code":"platform.unauthenticated""#))
    }

    @Test func `a lacking role is forbidden, and one of several is enough`() async throws {
        var claims = TestIssuer.Claims()
        let refused = try await get("/admin", authorization: "Bearer " + issuer.token(claims))
        #expect(refused.status == .forbidden)
        #expect(String(buffer: refused.body).contains(#""code":"platform.forbidden""#))
        #expect(try await get("/admin", authorization: nil).status == .unauthorized)
        claims.roles = ["user", "admin"]
        #expect(try await get("/admin", authorization: "Bearer " + issuer.token(claims)).status == .ok)
        claims.roles = ["emperor"]
        #expect(try await get("/admin", authorization: "Bearer " + issuer.token(claims)).status == .forbidden)
    }

    @Test func `a role that counts with two factors alone is told to be withheld, and what would help`() async throws {
        var claims = TestIssuer.Claims()
        claims.withheldRoles = ["admin"]
        for path in ["/admin", "/asked"] {
            let refused = try await get(path, authorization: "Bearer " + issuer.token(claims))
            #expect(refused.status == .forbidden)
            #expect(String(buffer: refused.body).contains(#""code":"user.second-factor-required""#))
            let challenge = #"Bearer error="insufficient_user_authentication", acr_values="2""#
            #expect(refused.headers[.wwwAuthenticate] == challenge)
        }
        claims.withheldRoles = ["moderator"]
        let other = try await get("/admin", authorization: "Bearer " + issuer.token(claims))
        #expect(String(buffer: other.body).contains(#""code":"platform.forbidden""#), "another role is no help")
        claims.roles = ["admin"]
        #expect(try await get("/admin", authorization: "Bearer " + issuer.token(claims)).status == .ok)
    }

    @Test func `an open route asks for nothing, and looks at no token`() async throws {
        #expect(try await get("/open", authorization: nil).status == .ok)
        let response = try await get("/open", authorization: "Bearer " + issuer.token(.init()))
        #expect(String(buffer: response.body) == "nobody")
        #expect(try await get("/open", authorization: "Bearer x").status == .ok)
    }

    @Test func `a route that needs a caller and was declared open lets nobody in`() async throws {
        let token = try await issuer.token(.init())
        #expect(try await get("/forgetful", authorization: "Bearer " + token).status == .unauthorized)
    }
}
