import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryTracing
import PlatformTesting
import Postgres
import Redis
import Testing
import Tracing

@Suite(.timeLimit(.minutes(1))) struct ClientSpanTests {
    private let tracer = RecordingTracer()

    private func database() async throws -> PostgresClient {
        let configuration = PostgresConfiguration(connectionString: try await TestPostgres.database())
        return withTracer(tracer) { PostgresClient(configuration, logger: silent) }
    }

    private func redis() async throws -> RedisClient {
        let server = try await TestRedis.shared()
        return withTracer(tracer) { RedisClient(server.configuration, logger: silent) }
    }

    @Test func `edge, transaction, statements and commands are one trace, the caller's`() async throws {
        let (database, redis) = (try await database(), try await redis())
        try await withEdge(tracer) { router in
            router.post("/rooms") { _, _ in
                try await database.transaction { try await $0.query("SELECT \("bound-secret")::text") }
                try await database.query("SELECT 1")
                try await redis.set("tracing:key-secret", to: "value-secret")
                return "x"
            }
        } _: { client in
            try await client.execute(uri: "/rooms", method: .post, headers: [.traceparent: traceparent]) { _ in }
        }
        let spans = tracer.finished
        #expect(spans.map(\.operationName) == ["SELECT", "COMMIT", "TRANSACTION", "SELECT", "SET", "POST /rooms"])
        #expect(spans.allSatisfy { $0.traceID == callersTrace })
        let (edge, transaction) = (spans.last?.spanID, spans.dropFirst(2).first?.spanID)
        #expect(spans.map(\.parentSpanID) == [transaction, transaction, edge, edge, edge, callersSpan])
        #expect(spans.map(\.kind) == [.client, .client, .internal, .client, .client, .server])
        #expect(spans.allSatisfy { !$0.isFailed })
        #expect(!tracer.exported.contains("secret"))
        await database.close()
        await redis.close()
    }

    @Test func `a statement is told as it is prepared, and what it failed with as a code`() async throws {
        let database = try await database()
        try await database.query("SELECT \("bound-secret")::text")
        await #expect(throws: PostgresError.self) { try await database.query("SELECT \("text-secret")::text::integer") }
        _ = try await database.atomically(["SELECT 1", "SELECT 2"])
        let spans = tracer.finished
        #expect(
            spans.map { $0.text("db.query.text") } == [
                "SELECT $1::text", "SELECT $1::text::integer", "SELECT 1; SELECT 2",
            ])
        #expect(spans.allSatisfy { $0.text("db.system.name") == "postgresql" })
        #expect(spans.map(\.isFailed) == [false, true, false])
        #expect(spans.map { $0.text("error.type") } == [nil, "22P02", nil])
        #expect(spans.last?.number("db.operation.batch.size") == 2)
        #expect(!tracer.exported.contains("secret"))
        await database.close()
    }

    @Test func `a transaction that throws is an error, and so is a statement that was given up`() async throws {
        struct Refused: Error {}
        let database = try await database()
        await #expect(throws: Refused.self) {
            try await database.transaction { transaction in
                try await transaction.query("SELECT 1")
                throw Refused()
            }
        }
        let late = Task { try await database.query("SELECT pg_sleep(60)") }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        let spans = tracer.finished
        #expect(spans.map(\.operationName) == ["SELECT", "ROLLBACK", "TRANSACTION", "SELECT"])
        #expect(spans.map { $0.text("error.type") } == [nil, nil, "Refused", "cancelled"])
        await database.close()
    }

    @Test func `a command is told by its name alone, whoever waits for it`() async throws {
        let redis = try await redis()
        try await redis.set("tracing:secret", to: "secret")
        _ = try await redis.submit(RedisCommand("get", "tracing:secret")).get()
        try await redis.publish("secret", to: "tracing:secret")
        _ = try await redis.transaction([RedisCommand("INCR", "tracing:count")])
        _ = try await redis.sendBlocking(RedisCommand("XREAD", "STREAMS", "tracing:secret:stream", "$"), block: .zero)
        await #expect(throws: RedisError.self) { try await redis.increment("tracing:secret") }
        let spans = tracer.finished
        #expect(spans.map(\.operationName) == ["SET", "GET", "PUBLISH", "MULTI", "XREAD", "INCRBY"])
        #expect(spans.allSatisfy { $0.text("db.system.name") == "redis" && $0.kind == .client })
        #expect(spans.map { $0.text("error.type") } == [nil, nil, nil, nil, nil, "ERR"])
        #expect(spans.map(\.isFailed) == [false, false, false, false, false, true])
        #expect(!tracer.exported.contains("secret"))
        await redis.close()
    }

    @Test func `what was made while nobody listened makes no spans`() async throws {
        let server = try await TestRedis.shared()
        let redis = RedisClient(server.configuration, logger: silent)
        let tracer = tracer
        try await withTracer(tracer) { try await redis.ping() }
        #expect(tracer.finished.isEmpty)
        await redis.close()
    }
}
