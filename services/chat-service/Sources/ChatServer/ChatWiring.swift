import AuthKit
import ChatDomain
import ChatHTTP
import ChatStorage
import DomainKit
import HTTPKit
import IdentityEvents
import HummingbirdCore
import Logging
import Postgres
import PostgresIdempotency
import Redis
import ServiceKit
import ServiceLifecycle
import WebSocketKit

/// The one place where the parts meet.
struct ChatWiring {
    private let config: ChatConfig
    private let boot: Boot
    private let postgres: PostgresClient
    private let appends: PostgresClient
    private let redis: RedisClient
    private let relay: RedisRoomRelay
    private let keys: JWKSource
    private let verifier: TokenVerifier

    init(_ config: ChatConfig, _ boot: Boot) throws {
        self.config = config
        self.boot = boot
        postgres = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: boot.logger)
        var forAppends = PostgresConfiguration(connectionString: config.databaseURL)
        forAppends.sharedConnections = config.appendLanes
        appends = PostgresClient(forAppends, logger: boot.logger)
        redis = RedisClient(try RedisConfiguration(url: config.redisURL), logger: boot.logger)
        relay = RedisRoomRelay(redis: redis, logger: boot.logger)
        keys = try JWKSource(
            url: config.tokens.jwksURL, allowsPlaintext: config.tokens.allowsPlaintextJWKS, logger: boot.logger)
        verifier = TokenVerifier(
            keys: keys,
            rules: TokenVerifier.Rules(
                issuer: config.tokens.issuer, audience: config.tokens.audience,
                cacheCapacity: config.tokenCacheCapacity),
            revocations: .current())
    }

    func host() -> ServiceHost {
        let rooms = PostgresRoomStore(client: postgres)
        let members = PostgresMemberStore(client: postgres)
        let log = PostgresMessageLog(
            client: postgres, appends: appends, lanes: config.appendLanes, linger: config.appendLinger)
        let idempotency = PostgresIdempotencyStore(database: postgres)
        let parts = ChatParts(
            rooms: rooms, members: members, log: log, relay: relay, settings: config.live, verifier: verifier,
            idempotency: idempotency)
        relay.deliver(to: parts.hub)
        return ServiceHost(
            boot, common: config.common, routes: parts.routes,
            server: .http1WebSocketUpgrade(parts.live.route(config.common.edge), configuration: .edge), checks: checks,
            services: [
                appends, postgres, redis, keys, HubService(hub: parts.hub, relay: relay),
                housekeeping(idempotency, PostgresRoomRemains(client: postgres)),
            ])
    }

    private func housekeeping(_ idempotency: PostgresIdempotencyStore, _ remains: PostgresRoomRemains) -> Housekeeping {
        Housekeeping(
            [
                Chore("idempotency keys", every: .seconds(600)) { try await idempotency.sweep() },
                Chore("remains of rooms", every: .seconds(5), pausing: .milliseconds(50)) {
                    try await remains.takeOutSome()
                },
            ], logger: boot.logger)
    }

    /// What `/readyz` asks.
    var checks: [HealthCheck] {
        [
            HealthCheck("postgres") { [postgres] in try await postgres.ping() },
            // It carries signals, not messages: without it replicas deliver each other's messages later, and lose none.
            HealthCheck("redis", .helpful) { [redis] in try await redis.ping() },
            HealthCheck("jwks") { [keys] in try await keys.check() },
        ]
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
