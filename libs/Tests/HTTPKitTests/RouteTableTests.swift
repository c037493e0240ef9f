import HTTPKit
import Hummingbird
import Testing

@Suite struct RouteTableTests {
    @Test func `the table names every route as OpenAPI does`() {
        let router = Router(context: TestContext.self)
        router.get("/v1/rooms") { _, _ in Response(status: .ok) }
        router.post("/v1/rooms") { _, _ in Response(status: .ok) }
        router.group("/v1/rooms/:id").delete("members/{user_id}") { _, _ in Response(status: .ok) }
        #expect(
            routeTable(of: router).map(\.description) == [
                "GET /v1/rooms", "POST /v1/rooms", "DELETE /v1/rooms/{id}/members/{user_id}",
            ])
    }
}
