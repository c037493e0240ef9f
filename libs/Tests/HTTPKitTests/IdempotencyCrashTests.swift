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

@Suite struct IdempotencyCrashTests {
    /// What the calls were given to make things with, in order.
    private final class Effects: Sendable {
        private let list = Mutex<[UUID?]>([])
        var seen: [UUID?] { list.withLock { $0 } }
        func note(_ id: UUID?) { list.withLock { $0.append(id) } }
    }

    private func application(
        _ store: any IdempotencyStore, _ effects: Effects, lease: Duration = .seconds(60),
        work: @escaping @Sendable (Request) async throws -> Void = { _ in }
    ) -> Application<EdgeResponder<TestContext>> {
        edgeApplication { router in
            router.group().add(middleware: IdempotencyMiddleware(store: store, lease: lease))
                .post("/rooms") { request, context in
                    effects.note(context.effectID)
                    try await work(request)
                    return JSONResponse(.created, EchoBody(text: "\(effects.seen.count)"))
                }
        }
    }

    private func post(
        _ client: any TestClientProtocol, _ uri: String = "/rooms", key: String? = "k", answers codes: ClosedRange<Int>
    ) async throws {
        var headers: HTTPFields = [:]
        headers[.idempotencyKey] = key
        try await client.execute(uri: uri, method: .post, headers: headers) {
            #expect(codes.contains($0.status.code))
        }
    }

    @Test func `after a death between effect and kept answer the next call has the same effect`() async throws {
        let (clock, effects) = (TestClock(), Effects())
        let store = ForgetfulIdempotencyStore(InMemoryIdempotencyStore(clock: clock))
        try await application(store, effects).test(.router) { client in
            try await post(client, answers: 201...201)
            try await post(client, answers: 409...409)
            clock.advance(by: .seconds(61))
            try await post(client, answers: 201...201)
        }
        #expect(effects.seen.count == 2 && effects.seen[0] != nil && effects.seen[0] == effects.seen[1])
    }

    @Test func `without a key there is no effect id`() async throws {
        let effects = Effects()
        try await application(InMemoryIdempotencyStore(), effects).test(.router) { client in
            try await post(client, key: nil, answers: 201...201)
        }
        #expect(effects.seen == [nil])
    }

    @Test func `a call that failed without knowing what it did leaves its effect to the next, at once`() async throws {
        let effects = Effects()
        let application = application(InMemoryIdempotencyStore(), effects) { _ in
            switch effects.seen.count {
            case 1: throw Failure.unavailable("postgres")
            case 2: throw CancellationError()
            case 3: throw HTTPError(.badGateway)
            default: return
            }
        }
        try await application.test(.router) { client in
            for _ in 0..<3 { try await post(client, answers: 500...599) }
            try await post(client, answers: 201...201)
        }
        #expect(effects.seen.count == 4 && Set(effects.seen).count == 1)
    }

    @Test func `a refused call leaves nothing`() async throws {
        let effects = Effects()
        let application = application(InMemoryIdempotencyStore(), effects) { _ in
            switch effects.seen.count {
            case 1: throw Failure(.conflict, code: "test.taken", message: "Taken.")
            case 2: throw Failure(.rateLimited, code: "test.slow", message: "Slow.").with([:])
            case 3: throw HTTPError(.badRequest)
            default: return
            }
        }
        try await application.test(.router) { client in
            for _ in 0..<3 { try await post(client, answers: 400...499) }
            try await post(client, answers: 201...201)
        }
        #expect(effects.seen.count == 4 && Set(effects.seen).count == 4)
    }

    @Test func `the query belongs to what two calls have in common`() async throws {
        let effects = Effects()
        try await application(InMemoryIdempotencyStore(), effects).test(.router) { client in
            try await post(client, "/rooms?kind=public", answers: 201...201)
            try await post(client, "/rooms?kind=private", answers: 422...422)
            try await post(client, "/rooms", answers: 422...422)
            try await post(client, "/rooms?kind=public", answers: 201...201)
        }
        #expect(effects.seen.count == 1)
    }

    @Test(.timeLimit(.minutes(1))) func `a call renews its lease as long as it runs`() async throws {
        let (effects, renewals) = (Effects(), AsyncStream<Void>.makeStream())
        let store = ForgetfulIdempotencyStore(InMemoryIdempotencyStore()) { renewals.continuation.yield() }
        let application = application(store, effects, lease: .milliseconds(30)) { _ in
            var seen = 0
            for await _ in renewals.stream {
                seen += 1
                if seen == 3 { return }
            }
        }
        try await application.test(.router) { client in try await post(client, answers: 201...201) }
        #expect(effects.seen.count == 1)
    }
}
