import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Synchronization
import Testing

/// The walk against a small service that gives way in a few places, or stands.
@Suite struct ExtremesWalkTests {
    private static let document = """
        openapi: 3.1.0
        paths:
          /things:
            get:
              parameters:
                - { name: limit, in: query, schema: { type: integer } }
                - { name: cursor, in: query, schema: { type: string } }
                - { name: after, in: query, schema: { type: integer } }
              responses: { '200': {}, '400': {} }
            post:
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      properties:
                        size: { type: integer }
                        window: { type: object, properties: { until: { type: string, format: date-time } } }
              responses: { '201': {}, '400': {} }
          /things/{number}:
            parameters:
              - { name: number, in: path, required: true, schema: { type: string } }
            get:
              responses: { '200': {}, '400': {}, '404': {} }
        """

    private func report(isFaulty: Bool) async throws -> ExtremesWalk.Report {
        let application = edgeApplication { router in
            router.get("/things") { request, _ in
                let query = request.uri.queryParameters
                if isFaulty, query["after"] == "-9223372036854775808" { throw CancellationError() }
                let parts = query["cursor"].flatMap { Cursor(encoded: String($0)) }?.parts ?? []
                if isFaulty, parts.count == 2, parts[0] == "7", parts[1] == "-9223372036854775808" {
                    throw CancellationError()
                }
                let since = request.headers[.ifModifiedSince] ?? ""
                if isFaulty, since.contains("-2147483648") { throw CancellationError() }
                return JSONResponse(.ok, Page(items: ["a"], next: Cursor(["7", "8"])))
            }
            router.post("/things") { request, _ in
                let body = try await request.decode(JSONValue.self)
                if isFaulty, body["size"] == .number("1e400") { throw CancellationError() }
                let until = body["window"]?["until"]
                if isFaulty, until == .string("2026-02-31T00:00:00Z") { throw CancellationError() }
                return JSONResponse(.created, "made")
            }
            router.get("/things/{number}") { _, context in
                let number = context.parameters.get("number")
                if isFaulty, number == "18446744073709551616" { throw CancellationError() }
                if isFaulty, number == "-1" { return Response(status: .gone) }
                return try JSONResponse(.ok, "found").response(from: Self.request, context: context)
            }
            router.get("/openapi.yaml") { _, _ in "" }
        }
        return try await application.test(.router) { client in
            await ExtremesWalk(try OpenAPIDocument(yaml: Self.document.utf8)).run(client)
        }
    }

    private static let request = Request(
        head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), body: RequestBody(buffer: ByteBuffer())
    )

    @Test func `a service that stands finds nothing to say`() async throws {
        let report = try await report(isFaulty: false)
        #expect(report.findings == [])
        #expect(report.requests > 2_000)
    }

    @Test func `every place that gives way is found, and no other`() async throws {
        let found = try await report(isFaulty: true).findings
        let places = [
            "query after = -9223372036854775808)", "query cursor = \(Cursor(["7", "-9223372036854775808"]))",
            "header If-Modified-Since = Fri, 01 Jan -2147483648 00:00:00 GMT)", "body /size = 1e400)",
            "body /window/until = 2026-02-31T00:00:00Z)", "path number = 18446744073709551616)",
            "(path number = -1): 410 is not documented",
        ]
        for place in places { #expect(found.contains { $0.contains(place) }, "\(place)") }
        #expect(found.count < 15)
    }

    @Test func `a service that answers no more is found`() async throws {
        let left = Mutex(5)
        let report = await ExtremesWalk(try OpenAPIDocument(yaml: Self.document.utf8)).run { _ in
            ExtremeAnswer(status: 200, contentType: nil, body: ByteBuffer())
        } isAlive: {
            left.withLock {
                $0 -= 1
                return $0 > 0
            }
        }
        #expect(report.findings.first?.hasSuffix("the service is not alive any more") == true)
    }
}
