import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct AccessRouterTests {
    @Test func `the table names every route as OpenAPI does, with who may call it`() {
        let routes = AccessRouter<TestContext> { _ in nil }
        routes.post("/v1/rooms", .token) { _, _ in Response(status: .ok) }
        routes.get("/v1/rooms", .open) { _, _ in Response(status: .ok) }
        routes.with(TestCaller()).delete("/v1/rooms/{id}/members/{user_id}", .roles([.moderator, .admin])) { _, _ in
            Response(status: .ok)
        }
        routes.get("/media/**", .proof(.signedAddress)) { _, _ in Response(status: .ok) }
        routes.get("/metrics", .internal) { _, _ in Response(status: .ok) }
        #expect(
            routes.table.text == """
                proof:signed-address   GET     /media/**
                internal               GET     /metrics
                open                   GET     /v1/rooms
                token                  POST    /v1/rooms
                roles:admin,moderator  DELETE  /v1/rooms/{id}/members/{user_id}

                """)
    }

    @Test func `what asks the caller stands before all that a group adds`() async throws {
        let routes = AccessRouter<TestContext> { $0 == .token ? TestCaller() : nil }
        let group = routes.with(TellCaller())
        group.get("/token", .token) { _, _ in Response(status: .ok) }
        group.get("/open", .open) { _, _ in Response(status: .ok) }
        routes.get("/plain", .token) { _, context in context.callerID ?? "nobody" }
        try await Application(responder: routes.edge()).test(.router) { client in
            for (path, told) in [("/token", "mia"), ("/open", "nobody"), ("/plain", nil)] {
                let answer = try await client.execute(uri: path, method: .get, headers: [.caller: "mia"])
                #expect(answer.headers[.told] == told)
            }
        }
    }
}

/// Tells whom it met.
private struct TellCaller: RouterMiddleware {
    typealias Context = TestContext

    func handle(
        _ request: Request, context: TestContext, next: (Request, TestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.told] = context.callerID ?? "nobody"
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let caller = Self("X-Caller")!
    fileprivate static let told = Self("X-Told")!
}
