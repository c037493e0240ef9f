import AuthKit
import ChatDomain
import ChatStorage
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import Logging
import NIOCore
import PlatformTesting
import Postgres
import Redis
import RedisLimits
import ServiceKit
import ServiceLifecycle
import Synchronization
import WebSocketKit

@testable import ChatHTTP
@testable import ChatServer

/// One replica of the service on a real port of 127.0.0.1, put together as the server does it.
final class TestReplica: Sendable {
    let port: Int
    let tokens: TestTokens
    /// What it knows of void tokens. Nobody else tells it.
    let revocations: RevocationTable
    let table: AccessTable
    let responder: EdgeResponder<CallerContext>
    /// Where the server takes handshakes.
    let socketPath: String
    /// Walks through its routes without a socket.
    let walk: @Sendable (ExtremesWalk, HTTPFields) async throws -> ExtremesWalk.Report
    private let events = Atomic<Int64>(0)
    private let hub: RoomHub
    private let exchanges: ToldExchanges
    private let running: Task<Void, any Error>
    private let sweeping: Task<Void, Never>
    private let group: ServiceGroup

    /// On PostgreSQL and Redis.
    static func start(
        database: String, redis: RedisConfiguration, tokens: TestTokens,
        idempotency: any IdempotencyStore = InMemoryIdempotencyStore(), settings: [String: String] = [:],
        adjust: (inout LiveSettings) -> Void = { _ in }
    ) async throws -> TestReplica {
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        let appends = PostgresClient(PostgresConfiguration(connectionString: database))
        let log = PostgresMessageLog(client: client, appends: appends, linger: .milliseconds(2))
        let (quiet, shared) = (Logger(label: "test"), RedisClient(redis))
        let relay = RedisRoomRelay(redis: RedisClient(redis), logger: quiet)
        let registry = RedisConnectionRegistry(redis: shared, replica: "test", logger: quiet)
        return try await TestReplica(
            rooms: PostgresRoomStore(client: client), members: PostgresMemberStore(client: client), log: log,
            relay: relay, tokens: tokens, idempotency: idempotency,
            shared: SharedStores(limits: RedisRateLimitStore(shared, logger: quiet), registry: registry),
            settings: settings, adjust: adjust
        ) { relay.deliver(to: $0) }
    }

    /// Runs `body` with one replica on a database of its own.
    static func withReplica(
        idempotency: any IdempotencyStore = InMemoryIdempotencyStore(), settings: [String: String] = [:],
        adjust: (inout LiveSettings) -> Void = { _ in }, _ body: (TestReplica) async throws -> Void
    ) async throws {
        let database = try await TestPostgres.database()
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
        await client.close()
        let redis = try await TestRedis.shared().configuration
        let replica = try await start(
            database: database, redis: redis, tokens: TestTokens(), idempotency: idempotency, settings: settings,
            adjust: adjust)
        try await body(replica)
        try await replica.stop()
    }

    /// On stores in memory, alone.
    static func start(
        on chat: InMemoryChat, relay: LoopbackRelay = LoopbackRelay(), tokens: TestTokens,
        revocations: RevocationTable = .current(), clock: any WallClock = SystemWallClock(),
        rights: ScriptedRights = ScriptedRights(), shared: SharedStores = SharedStores(),
        settings: [String: String] = [:], adjust: (inout LiveSettings) -> Void = { _ in },
        admitting: @escaping @Sendable (TestReplica) async -> Void = { _ in }
    ) async throws -> TestReplica {
        try await TestReplica(
            rooms: chat, members: chat, log: chat, relay: relay, tokens: tokens,
            idempotency: InMemoryIdempotencyStore(), revocations: revocations, clock: clock, rights: rights,
            shared: shared, admitting: admitting, settings: settings, adjust: adjust
        ) { relay.connect($0) }
    }

    private init<Rooms: RoomStore, Members: MembershipStores, Log: MessageLog>(
        rooms: Rooms, members: Members, log: Log, relay: any RoomRelay, tokens: TestTokens,
        idempotency: any IdempotencyStore, revocations: RevocationTable = .current(),
        clock: any WallClock = SystemWallClock(), rights: ScriptedRights = ScriptedRights(), shared: SharedStores,
        admitting: @escaping @Sendable (TestReplica) async -> Void = { _ in }, settings: [String: String],
        adjust: (inout LiveSettings) -> Void, connect: (RoomHub) -> Void
    ) async throws {
        self.tokens = tokens
        self.revocations = revocations
        let exchanges = ToldExchanges()
        self.exchanges = exchanges
        let parts = ChatAdapters(
            rooms: rooms, members: members, log: log, relay: relay, keys: tokens, revocations: revocations,
            idempotency: idempotency, rights: rights, limits: shared.limits, registry: shared.registry, clock: clock
        ).parts(try Self.config(tokens, settings, adjust))
        let hub = parts.hub
        self.hub = hub
        connect(hub)
        table = parts.routes.table
        let edge = EdgeOptions(observer: exchanges)
        let responder = parts.routes.edge(edge)
        self.responder = responder
        let replica = Weak<TestReplica>()
        var socket = parts.live.route(edge)
        let opening = socket.opening
        socket.opening = { head in
            SlowHandshake(handshake: opening(head)) { if let replica = replica.value { await admitting(replica) } }
        }
        socketPath = socket.path
        walk = { walk, headers in
            try await Application(responder: responder).test(.router) { client in
                await walk.run(client, headers: headers)
            }
        }
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let application = Application(
            responder: responder, server: .http1WebSocketUpgrade(socket, configuration: .edge),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in found.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        let group = ServiceGroup(services: [application], logger: quiet)
        self.group = group
        running = Task { try await group.run() }
        sweeping = Task { await hub.sweep() }
        var first = ports.makeAsyncIterator()
        port = await first.next() ?? 0
        replica.value = self
    }

    /// As the follower does with what user-service tells.
    func tell(_ kind: IdentityEvent.Kind, of user: UserID, session: UUID? = nil, epoch: Int64 = 0) {
        revocations.apply(
            IdentityEvent(
                seq: events.add(1, ordering: .relaxed).newValue, tag: UUID().uuidString, kind: kind, userID: user.uuid,
                sessionID: session, epoch: epoch, at: Date()))
    }

    private static func config(
        _ tokens: TestTokens, _ settings: [String: String], _ adjust: (inout LiveSettings) -> Void
    ) throws -> ChatConfig {
        let wide = [
            "ALLOWED_ORIGINS": "http://page.test", "FRAMES_PER_SECOND": "10000", "FRAME_BURST": "10000",
            "RECONNECT_SPREAD_SECONDS": "5", "SERVICE_CLIENT_SECRET": "unused", "TOKEN_ISSUER": tokens.issuer.name,
            "ROOMS_PER_MINUTE": "1000000", "MESSAGES_PER_MINUTE": "1000000", "SOCKETS_PER_MINUTE": "1000000",
            "NETWORK_SOCKETS_PER_MINUTE": "1000000", "CHAT_QUOTAS": "free rooms=100000 sockets=100000",
        ]
        let environment = wide.merging(settings) { $1 }
        var config = try Settings.load(ChatConfig.self, from: SettingsSource(environment: environment)).configuration
        config.live.anxiousSweepInterval = .milliseconds(100)
        adjust(&config.live)
        return config
    }

    /// What the access log was told of, in order.
    var told: [Exchange] { exchanges.list.withLock { $0 } }

    var openSockets: Int { hub.metrics.socketCount }

    /// As SIGTERM does.
    func stop() async throws {
        await group.triggerGracefulShutdown()
        sweeping.cancel()
        try await running.value
    }
}

/// What replicas share beside the database.
struct SharedStores: Sendable {
    var limits: any RateLimitStore & RateLimitLeases = InMemoryRateLimitStore()
    var registry: any ConnectionRegistry = InMemoryConnections()
}

/// The relay of a replica that is alone.
final class LoopbackRelay: RoomRelay {
    private let receivers = Mutex<[any RoomRelayReceiver]>([])

    func connect(_ receiver: any RoomRelayReceiver) {
        receivers.withLock { $0.append(receiver) }
        receiver.resumed()
    }

    /// Signals are lost from now on.
    func interrupt() {
        for receiver in receivers.withLock({ $0 }) { receiver.interrupted() }
    }

    func publish(_ signal: RoomSignal) {}
    func listen(to room: RoomID, ready: @escaping @Sendable () -> Void) { ready() }
    func ignore(_ room: RoomID) {}
}

private final class ToldExchanges: RequestObserver {
    let list = Mutex<[Exchange]>([])

    func finished(_ exchange: Exchange) { list.withLock { $0.append(exchange) } }
}

/// A handshake that waits between its decision and the opening of the socket.
private struct SlowHandshake: OpeningHandshake {
    let handshake: any OpeningHandshake
    let wait: @Sendable () async -> Void

    func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance {
        let acceptance = try await handshake.accept(request)
        await wait()
        // Whatever the loops were told meanwhile they have heard.
        try await request.eventLoop.submit {}.get()
        return acceptance
    }

    func refusal(for failure: HandshakeFailure, logger: Logger) -> WebSocketRefusal {
        handshake.refusal(for: failure, logger: logger)
    }

    func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?) {
        handshake.answered(status, after: time, to: peer)
    }
}

/// Set once what it names is there.
private final class Weak<Object: AnyObject & Sendable>: Sendable {
    private let object = Mutex<Reference>(Reference())

    private struct Reference { weak var object: Object? }

    var value: Object? {
        get { object.withLock { $0.object } }
        set { object.withLock { $0.object = newValue } }
    }
}
