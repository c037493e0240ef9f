import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Synchronization
import Testing

@Suite struct IdempotencyTests {
    @Test(arguments: IdempotencyStoreContract.all)
    func `the in-memory store keeps the contract`(promise: IdempotencyStoreContract) async throws {
        let clock = TestClock()
        try await promise.check(InMemoryIdempotencyStore(clock: clock)) { clock.advance(by: $0) }
    }

    /// A service that counts how often it was really called.
    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private func application(
        _ calls: Counter, gate: Gate? = nil
    ) -> Application<EdgeResponder<TestContext>> {
        edgeApplication { router in
            let group = router.group().add(middleware: TestCaller())
                .add(middleware: IdempotencyMiddleware(store: InMemoryIdempotencyStore()))
            group.post("/rooms") { request, _ in
                let body = try await request.decode([String: String].self)
                let number = calls.next()
                await gate?.pass()
                if body["fail"] == "yes" { throw Failure(.conflict, code: "test.taken", message: "Taken.") }
                return JSONResponse(
                    .created, EchoBody(text: "\(number)"), etag: ETag(number), headers: [.location: "/rooms/\(number)"])
            }
            group.post("/others") { _, _ in
                JSONResponse(.created, EchoBody(text: "\(calls.next())"))
            }
        }
    }

    private func headers(_ key: String?, caller: String = "a") -> HTTPFields {
        var headers: HTTPFields = [.contentType: "application/json", HTTPField.Name("X-Caller")!: caller]
        headers[.idempotencyKey] = key
        return headers
    }

    private let body = ByteBuffer(string: #"{"name":"x"}"#)

    @Test func `a repeat gets the first answer, fields and all`() async throws {
        let calls = Counter()
        try await application(calls).test(.router) { client in
            for attempt in 0..<3 {
                try await client.execute(uri: "/rooms", method: .post, headers: headers("\"k-1\""), body: body) {
                    response in
                    #expect(response.status == .created)
                    #expect(response.text == #"{"text":"1"}"#)
                    #expect(response.headers[.location] == "/rooms/1")
                    #expect(response.headers[.eTag] == "\"1\"")
                    #expect(response.headers[.contentType] == "application/json")
                    #expect(response.headers[.idempotencyReplayed] == (attempt == 0 ? nil : "true"))
                }
            }
        }
        #expect(calls.value == 1)
    }

    @Test func `another body under the same key is a 422`() async throws {
        let calls = Counter()
        try await application(calls).test(.router) { client in
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: body) { _ in }
            let other = ByteBuffer(string: #"{"name":"y"}"#)
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: other) { response in
                #expect(response.status == .unprocessableContent)
                let problem = try response.problem()
                #expect(problem.code == "platform.idempotency-mismatch")
            }
        }
        #expect(calls.value == 1)
    }

    @Test func `keys of another caller or route, and no key, are other calls`() async throws {
        let calls = Counter()
        try await application(calls).test(.router) { client in
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: body) { _ in }
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k", caller: "b"), body: body) {
                _ in
            }
            try await client.execute(uri: "/others", method: .post, headers: headers("k"), body: body) { _ in }
            try await client.execute(uri: "/rooms", method: .post, headers: headers(nil), body: body) { _ in }
        }
        #expect(calls.value == 4)
    }

    @Test func `a failed call may be tried again`() async throws {
        let calls = Counter()
        let failing = ByteBuffer(string: #"{"fail":"yes"}"#)
        try await application(calls).test(.router) { client in
            for _ in 0..<2 {
                try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: failing) {
                    #expect($0.status == .conflict)
                }
            }
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: body) {
                #expect($0.status == .created)
            }
        }
        #expect(calls.value == 3)
    }

    @Test func `a repeat while the first still runs is a 409`() async throws {
        let calls = Counter()
        let gate = Gate()
        try await application(calls, gate: gate).test(.router) { client in
            async let first = client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: body) {
                $0.status
            }
            await gate.arrival()
            try await client.execute(uri: "/rooms", method: .post, headers: headers("k"), body: body) { response in
                #expect(response.status == .conflict)
                let problem = try response.problem()
                #expect(problem.code == "platform.idempotency-running")
            }
            gate.open()
            #expect(try await first == .created)
        }
        #expect(calls.value == 1)
    }

    @Test(arguments: ["", "has space", String(repeating: "k", count: 256), "\"\""])
    func `a key that is none is a 400`(key: String) async throws {
        try await application(Counter()).test(.router) { client in
            try await client.execute(uri: "/rooms", method: .post, headers: headers(key), body: body) { response in
                #expect(response.status == .badRequest)
                let problem = try response.problem()
                #expect(problem.pointers == ["header:Idempotency-Key"])
            }
        }
    }
}

/// Holds who passes until it is opened.
final class Gate: Sendable {
    private let arrivals = AsyncStream<Void>.makeStream()
    private let opening = AsyncStream<Void>.makeStream()

    func pass() async {
        arrivals.continuation.yield()
        for await _ in opening.stream {}
    }

    /// Returns once somebody waits.
    func arrival() async {
        for await _ in arrivals.stream { return }
    }

    func open() { opening.continuation.finish() }
}
