import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryTracing
import NIOCore
import Testing
import Tracing

@Suite(.timeLimit(.minutes(1))) struct ServerSpanTests {
    private let tracer = RecordingTracer()

    @Test func `a request is a span below the caller's, named by its route`() async throws {
        try await withEdge(tracer) { router in
            router.get("/rooms/{id}") { _, _ in "x" }
        } _: { client in
            let headers: HTTPFields = [.traceparent: traceparent, .authorization: "Bearer secret"]
            try await client.execute(uri: "/rooms/7?token=secret", method: .get, headers: headers) { _ in }
        }
        let span = try #require(tracer.finished.first)
        #expect(tracer.finished.count == 1)
        #expect(span.operationName == "GET /rooms/{id}")
        #expect(span.kind == .server)
        #expect(span.traceID == callersTrace)
        #expect(span.parentSpanID == callersSpan)
        #expect(span.text("http.request.method") == "GET")
        #expect(span.text("http.route") == "/rooms/{id}")
        #expect(span.number("http.response.status_code") == 200)
        #expect(!span.isFailed)
        #expect(!tracer.exported.contains("secret") && !tracer.exported.contains("/7"))
    }

    @Test func `handlers, answers and log lines name the span the exporter made`() async throws {
        let named = try await withEdge(tracer) { router in
            router.get("/") { _, context in
                let below = try #require(RequestScope.current)
                #expect(below.trace == context.trace)
                return below.trace.traceparent
            }
        } _: { client in
            try await client.execute(uri: "/", method: .get) { response in
                #expect(response.headers[.traceparent] == String(buffer: response.body))
                // A trace that begins here gives its id to the request.
                #expect(response.headers[.xRequestID] == tracer.finished.first?.traceID)
                return String(buffer: response.body)
            }
        }
        let span = try #require(tracer.finished.first)
        #expect(span.parentSpanID == nil)
        #expect(named == "00-\(span.traceID)-\(span.spanID)-01")
    }

    @Test(arguments: [traceparent.uppercased(), "00-\(callersTrace)-0000000000000000-01", "ff-x-y-z", ""])
    func `an exporter never sees a broken traceparent`(field: String) async throws {
        try await withEdge(tracer) { router in
            router.get("/") { _, _ in "x" }
        } _: { client in
            let status = try await client.execute(uri: "/", method: .get, headers: [.traceparent: field]) { $0.status }
            #expect(status == .ok)
        }
        #expect(tracer.finished.map(\.parentSpanID) == [nil])
        #expect(tracer.finished.map { $0.traceID.lowercased() } != [callersTrace])
    }

    @Test func `what fails by our fault is an error, without its words; what the caller did wrong is none`()
        async throws
    {
        try await withEdge(tracer) { router in
            router.get("/fault") { _, _ -> Response in throw Failure.unavailable("secret store") }
            router.get("/missing") { _, _ -> Response in
                throw Failure(.notFound, code: "test.secret", message: "No secret.")
            }
        } _: { client in
            for path in ["/fault", "/missing"] { try await client.execute(uri: path, method: .get) { _ in } }
        }
        let spans = tracer.finished
        #expect(spans.map(\.isFailed) == [true, false])
        #expect(spans.map { $0.text("error.type") } == ["503", nil])
        #expect(spans.map { $0.number("http.response.status_code") } == [503, 404])
        #expect(!tracer.exported.contains("secret"))
    }

    @Test func `what callers make up names no span`() async throws {
        try await withEdge(tracer) { router in
            router.get("/known") { _, _ in "x" }
        } _: { client in
            try await client.execute(uri: "/made-up", method: .get) { _ in }
            try await client.execute(uri: "/known", method: .post) { _ in }
            try await client.execute(uri: "/known", method: .init("PROPFIND")!) { _ in }
        }
        #expect(tracer.finished.map(\.operationName) == ["GET", "POST", "HTTP"])
        #expect(tracer.finished.map { $0.number("http.response.status_code") } == [404, 405, 405])
        #expect(tracer.finished.map { $0.text("http.request.method") } == ["GET", "POST", "_OTHER"])
        #expect(!tracer.exported.contains("made-up") && !tracer.exported.contains("PROPFIND"))
    }

    @Test func `a span lasts until the body is written, which is below it`() async throws {
        try await withEdge(tracer) { [tracer] router in
            router.get("/stream") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody(contentLength: 1) { writer in
                        tracer.withSpan("read") { _ in }
                        #expect(RequestScope.current != nil)
                        try await writer.write(ByteBuffer(string: "x"))
                        try await writer.finish(nil)
                    })
            }
        } _: { client in
            try await client.execute(uri: "/stream", method: .get) { #expect(String(buffer: $0.body) == "x") }
        }
        let spans = tracer.finished
        #expect(spans.map(\.operationName) == ["read", "GET /stream"])
        #expect(spans.first?.parentSpanID == spans.last?.spanID)
    }

    @Test func `the operations port is not traced`() async throws {
        try await withEdge(tracer, EdgeOptions(countsRequests: false)) { router in
            router.get("/livez") { _, _ in "x" }
        } _: { client in
            try await client.execute(uri: "/livez", method: .get) { _ in }
        }
        #expect(tracer.finished.isEmpty)
    }
}
