import AuthKit
import ChatDomain
import ChatHTTP
import ChatStorage
import DataExports
import DomainKit
import ErasureWork
import HTTPKit
import HummingbirdCore
import IdentityEvents
import Logging
import Postgres
import PostgresIdempotency
import Redis
import RedisIdentityEvents
import RedisLimits
import ServiceKit
import ServiceLifecycle
import WebSocketKit

/// The one place where the parts of chat-service meet.
struct ChatWiring {
    private let config: ChatConfig
    private let parts: ChatParts
    let follower: IdentityFollower
    /// What `/readyz` asks.
    let checks: [HealthCheck]
    /// What must run beside the server, drivers first.
    let services: [any Service]

    init(_ config: ChatConfig, logger: Logger) throws {
        self.config = config
        let postgres = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: logger)
        var forAppends = PostgresConfiguration(connectionString: config.databaseURL)
        forAppends.sharedConnections = config.appendLanes
        let appends = PostgresClient(forAppends, logger: logger)
        let redis = RedisClient(try RedisConfiguration(url: config.redisURL), logger: logger)
        let relay = RedisRoomRelay(redis: redis, logger: logger)
        let keys = try JWKSource(
            url: config.tokens.jwksURL, allowsPlaintext: config.tokens.allowsPlaintextJWKS, logger: logger)
        let idempotency = PostgresIdempotencyStore(database: postgres)
        let revocations = RevocationTable()
        let feed = try HTTPRevocationFeed(
            url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
            allowsPlaintext: config.tokens.allowsPlaintextJWKS)
        let follower = IdentityFollower(
            table: revocations, stream: RedisIdentityStream(redis: redis), feed: feed, logger: logger)
        let registry = RedisConnectionRegistry(
            redis: redis, replica: "\(HostName.current):\(config.common.port)", patience: .milliseconds(250),
            logger: logger)
        parts = ChatAdapters(
            rooms: PostgresRoomStore(client: postgres), members: PostgresMemberStore(client: postgres),
            log: PostgresMessageLog(
                client: postgres, appends: appends, lanes: config.appendLanes, linger: config.appendLinger),
            relay: relay, keys: keys, revocations: revocations, idempotency: idempotency,
            rights: AskedRoomRights(decisions: try Self.decisions(config, revocations), logger: logger),
            limits: RedisRateLimitStore(redis, patience: .milliseconds(250), logger: logger), registry: registry
        ).parts(config)
        relay.deliver(to: parts.hub)
        self.follower = follower
        checks = [
            HealthCheck("postgres") { try await postgres.ping() },
            // It carries signals, not messages: without it replicas deliver each other's messages later, and lose none.
            HealthCheck("redis", .helpful) { try await redis.ping() },
            HealthCheck("jwks") { try await keys.check() },
            // Who may not know who is banned by now serves nobody.
            HealthCheck("identity") { try follower.check() },
            HealthCheck("clock") { try follower.checkClock() },
        ]
        let erasures = ErasureFollower(
            feed: try HTTPErasureFeed(
                url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
                allowsPlaintext: config.tokens.allowsPlaintextJWKS),
            database: postgres, eraser: PostgresChatEraser(), logger: logger)
        let exports = DataExportFollower(
            feed: try HTTPDataExportFeed(
                url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
                allowsPlaintext: config.tokens.allowsPlaintextJWKS),
            exporter: PostgresChatExporter(client: postgres), logger: logger)
        services = [
            appends, postgres, redis, keys, follower, HubService(hub: parts.hub, relay: relay),
            RegistryService(registry: registry),
            Housekeeping(
                [
                    Chore("idempotency keys", every: .seconds(600)) { try await idempotency.sweep() },
                    Chore("data exports", every: .seconds(5), pausing: .milliseconds(50)) {
                        try await exports.work()
                    },
                    Chore("erased accounts", every: .seconds(5), pausing: .milliseconds(50)) {
                        try await erasures.work()
                    },
                    Chore("remains of rooms", every: .seconds(5), pausing: .milliseconds(50)) { [postgres] in
                        try await PostgresRoomRemains(client: postgres).takeOutSome()
                    },
                ], logger: logger),
        ]
    }

    private static func decisions(_ config: ChatConfig, _ revocations: RevocationTable) throws -> DecisionClient {
        try DecisionClient(
            url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
            revocations: revocations, allowsPlaintext: config.tokens.allowsPlaintextJWKS,
            accounts: config.live.maximumConnections)
    }

    func host(_ boot: Boot) -> ServiceHost {
        ServiceHost(
            boot, common: config.common, routes: parts.routes,
            server: .http1WebSocketUpgrade(parts.live.route(config.common.edge), configuration: .edge), checks: checks,
            services: services)
    }
}

/// Keeps the hub in step with the log as long as the service runs.
private struct HubService: Service {
    let hub: RoomHub
    let relay: RedisRoomRelay

    func run() async throws {
        await cancelWhenGracefulShutdown { await hub.sweep() }
        relay.close()
    }
}

/// Keeps the places of this replica's sockets as long as the service runs.
private struct RegistryService: Service {
    let registry: RedisConnectionRegistry

    func run() async throws {
        await cancelWhenGracefulShutdown { await registry.keep() }
    }
}
