import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite struct BearerMiddlewareTests {
    let issuer = TestIssuer()

    var app: some ApplicationProtocol {
        let verifier = TokenVerifier(
            keys: FixedKeys(issuer), rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience))
        let router = Router(context: CallerContext.self)
        router.get("/open") { _, context in context.callerID ?? "nobody" }
        let guarded = router.group().add(middleware: BearerMiddleware(verifier: verifier))
        guarded.get("/me") { _, context in try context.caller().userID.lowercased }
        guarded.get("/admin") { _, context in try context.caller(in: "admin").userID.lowercased }
        let either = router.group().add(middleware: BearerMiddleware(verifier: verifier, anonymous: .allowed))
        either.get("/either") { _, context in context.callerID ?? "nobody" }
        router.get("/unguarded") { _, context in try context.caller().userID.lowercased }
        return Application(responder: router.edge())
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

    @Test func `a lacking role is forbidden`() async throws {
        var claims = TestIssuer.Claims()
        #expect(try await get("/admin", authorization: "Bearer " + issuer.token(claims)).status == .forbidden)
        claims.roles = ["user", "admin"]
        #expect(try await get("/admin", authorization: "Bearer " + issuer.token(claims)).status == .ok)
    }

    @Test func `an open route asks for nothing, an optional one refuses only bad tokens`() async throws {
        #expect(try await get("/open", authorization: nil).status == .ok)
        #expect(try await get("/either", authorization: nil).status == .ok)
        #expect(try await get("/either", authorization: "Bearer x").status == .unauthorized)
        let claims = TestIssuer.Claims()
        let response = try await get("/either", authorization: "Bearer " + issuer.token(claims))
        #expect(String(buffer: response.body) == claims.sub)
    }

    @Test func `a route that forgot its guard lets nobody in`() async throws {
        let token = try await issuer.token(.init())
        #expect(try await get("/unguarded", authorization: "Bearer " + token).status == .unauthorized)
    }
}
