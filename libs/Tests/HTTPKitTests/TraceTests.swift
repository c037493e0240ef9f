import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@Suite struct TraceTests {
    private let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a caller's trace goes on under a span of ours`() throws {
        let trace = try #require(TraceContext(continuing: parent))
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.parentID == 0x00f0_67aa_0ba9_02b7)
        #expect(trace.isSampled)
        #expect(trace.traceparent.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
        #expect(!trace.traceparent.contains("00f067aa0ba902b7"))
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    ])
    func `a broken traceparent begins a new trace`(field: String) {
        #expect(TraceContext(continuing: field) == nil)
    }

    @Test func `a later version is understood as far as it is known`() {
        #expect(TraceContext(continuing: "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-x") != nil)
    }

    @Test func `new traces differ and print as they parse`() throws {
        let (one, two) = (TraceContext.root(), TraceContext.root())
        #expect(one.traceID != two.traceID)
        #expect(try #require(TraceContext(continuing: one.traceparent)).traceID == one.traceID)
    }

    @Test func `handlers and all they call know the request`() async throws {
        let application = edgeApplication { router in
            router.get("/") { _, context in
                let below = try #require(RequestScope.current)
                #expect(below.requestID == context.requestID)
                return EchoBody(text: below.trace.traceID).ok
            }
        }
        try await application.test(.router) { client in
            let headers: HTTPFields = [.traceparent: parent, .xRequestID: "client-id-42"]
            try await client.execute(uri: "/", method: .get, headers: headers) { response in
                #expect(response.text == #"{"text":"4bf92f3577b34da6a3ce929d0e0e4736"}"#)
                #expect(response.headers[.xRequestID] == "client-id-42")
                #expect(response.headers[.traceparent]?.contains("4bf92f3577b34da6a3ce929d0e0e4736") == true)
            }
        }
        #expect(RequestScope.current == nil)
    }

    @Test(arguments: [
        "", "has space in it", "../../x", "inject\"quote\"", String(repeating: "x", count: 129), "日本日本日本",
    ])
    func `a request id that could do harm is replaced`(id: String) async throws {
        let application = edgeApplication { _ in }
        try await application.test(.router) { client in
            try await client.execute(uri: "/", method: .get, headers: [.xRequestID: id]) { response in
                let made = try #require(response.headers[.xRequestID])
                #expect(made.utf8.count == 32)
                let problem = try response.problem()
                #expect(problem.requestID == made)
            }
        }
    }

    @Test(arguments: ["1", "a.b:c-d_e", String(repeating: "x", count: 128)])
    func `a request id that is harmless is kept, in field, problem and log`(id: String) async throws {
        let log = RecordedLog()
        let application = edgeApplication(logger: log.logger) { router in
            router.get("/fault") { _, context -> Response in
                context.logger.info("\(RequestScope.current?.requestID ?? "none")")
                throw CancellationError()
            }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/fault", method: .get, headers: [.xRequestID: id]) { response in
                #expect(response.headers[.xRequestID] == id)
                let problem = try response.problem()
                #expect(problem.requestID == id)
            }
        }
        #expect(log.lines.contains { $0.contains(id) })
    }

    @Test func `two ids are none, and requests of one trace have an id each`() async throws {
        let application = edgeApplication { _ in }
        let ids = try await application.test(.router) { client in
            var twice: HTTPFields = [.traceparent: parent]
            twice.append(HTTPField(name: .xRequestID, value: "one"))
            twice.append(HTTPField(name: .xRequestID, value: "two"))
            let headers = twice
            var ids: [String?] = []
            for _ in 0..<2 {
                ids.append(
                    try await client.execute(uri: "/", method: .get, headers: headers) { $0.headers[.xRequestID] })
            }
            return ids
        }
        #expect(ids.allSatisfy { $0?.utf8.count == 32 } && ids[0] != ids[1])
    }

    @Test func `what others trace by goes on with the trace, and only with it`() {
        func state(_ traceparents: [String], _ tracestate: String) -> String? {
            var fields: HTTPFields = [.tracestate: tracestate]
            for value in traceparents { fields.append(HTTPField(name: .traceparent, value: value)) }
            return RequestScope(fields).traceState
        }
        #expect(state([parent], "vendor=1,other=x") == "vendor=1,other=x")
        #expect(state([], "vendor=1") == nil)
        #expect(state([parent.uppercased()], "vendor=1") == nil)
        #expect(state([parent, parent], "vendor=1") == nil)
        for broken in ["", "vendor", "a=1,b", String(repeating: "a=1,", count: 33) + "b=2", "日=本"] {
            #expect(state([parent], broken) == nil)
        }
    }

    @Test func `two traceparents begin a new trace`() {
        var fields: HTTPFields = [.traceparent: parent]
        fields.append(HTTPField(name: .traceparent, value: parent))
        #expect(RequestScope(fields).trace.parentID == nil)
        #expect(RequestScope([.traceparent: parent]).trace.parentID != nil)
    }

    @Test func `the observer learns of every exchange, whatever its end`() async throws {
        let observer = RecordedExchanges()
        let application = edgeApplication(EdgeOptions(observer: observer)) { router in
            router.get("/rooms/{id}") { _, _ in EchoBody(text: "x").ok }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/rooms/7?token=secret", method: .get) { _ in }
            try await client.execute(uri: "/nowhere", method: .get) { _ in }
        }
        let seen = observer.seen
        #expect(seen.map(\.status) == [200, 404])
        #expect(seen.map(\.route) == ["/rooms/{id}", nil])
        #expect(seen.map(\.path) == ["/rooms/7", "/nowhere"])
        #expect(seen.allSatisfy { $0.nanoseconds > 0 })
    }

    @Test func `the client's address is believed from trusted proxies only`() async throws {
        func address(trusted: Int, _ chain: String) async throws -> String {
            let application = edgeApplication(EdgeOptions(trustedProxies: trusted)) { router in
                router.get("/") { _, context in EchoBody(text: context.clientAddress).ok }
            }
            return try await application.test(.router) { client in
                try await client.execute(uri: "/", method: .get, headers: [.xForwardedFor: chain]) { $0.text }
            }
        }
        #expect(try await address(trusted: 0, "6.6.6.6") == #"{"text":"unknown"}"#)
        #expect(try await address(trusted: 1, "6.6.6.6, 10.0.0.1") == #"{"text":"10.0.0.1"}"#)
        #expect(try await address(trusted: 2, "6.6.6.6, 10.0.0.1 , 10.0.0.2") == #"{"text":"10.0.0.1"}"#)
        #expect(try await address(trusted: 3, "10.0.0.2") == #"{"text":"unknown"}"#)
    }
}

final class RecordedExchanges: RequestObserver {
    private let kept = Mutex<[Exchange]>([])

    var seen: [Exchange] { kept.withLock { $0 } }

    func finished(_ exchange: Exchange) { kept.withLock { $0.append(exchange) } }
}

extension EchoBody {
    var ok: JSONResponse { JSONResponse(.ok, self) }
}
