import AuthKit
import ChatDomain
import ChatHTTP
import ChatStorage
import DomainKit
import HTTPKit
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
    private let clock = SystemWallClock()
    private let ids = SystemIDSource()

    init(_ config: ChatConfig, _ boot: Boot) throws {
        self.config = config
        self.boot = boot
        postgres = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: boot.logger)
        var forAppends = PostgresConfiguration(connectionString: config.databaseURL)
        forAppends.sharedConnections = config.appendLanes
        appends = PostgresClient(forAppends, logger: boot.logger)
        redis = RedisClient(try RedisConfiguration(url: config.redisURL), logger: boot.logger)
        relay = RedisRoomRelay(redis: redis, logger: boot.logger)
        keys = try JWKSource(url: config.tokens.jwksURL, logger: boot.logger)
        verifier = TokenVerifier(
            keys: keys,
            rules: TokenVerifier.Rules(
                issuer: config.tokens.issuer, audience: config.tokens.audience,
                cacheCapacity: config.tokens.cacheCapacity))
    }

    func host() -> ServiceHost {
        let rooms = PostgresRoomStore(client: postgres)
        let members = PostgresMemberStore(client: postgres)
        let log = PostgresMessageLog(
            client: postgres, appends: appends, lanes: config.appendLanes, linger: config.appendLinger)
        let hub = RoomHub(log: log, rooms: rooms, members: members, relay: relay, settings: config.live)
        relay.deliver(to: hub)
        let idempotency = PostgresIdempotencyStore(database: postgres)
        let send = SendMessage(log: log, events: hub, ids: ids)
        let live = LiveService(
            hub: hub, actions: LiveActions(send: send, open: OpenSubscription(rooms: rooms)), verifier: verifier,
            ids: ids)
        let router = chatRouter(
            rooms: RoomRoutes(
                create: CreateRoom(rooms: rooms, ids: ids, clock: clock), list: ListRooms(rooms: rooms),
                read: ReadRoom(rooms: rooms), change: ChangeRoom(rooms: rooms, events: hub),
                delete: DeleteRoom(rooms: rooms, events: hub)),
            members: MemberRoutes(
                join: JoinRoom(members: members, events: hub, clock: clock),
                leave: LeaveRoom(members: members, events: hub, clock: clock),
                list: ListMembers(rooms: rooms, members: members),
                put: PutMember(members: members, events: hub, clock: clock),
                remove: RemoveMember(members: members, events: hub, clock: clock)),
            messages: MessageRoutes(send: send, history: ReadHistory(rooms: rooms, log: log)),
            specification: SpecificationRoute(), verifier: verifier, idempotency: idempotency)
        return ServiceHost(
            boot, common: config.common, responder: router.edge(config.common.edge),
            server: .http1WebSocketUpgrade(live.route, configuration: .edge), checks: checks,
            services: [
                appends, postgres, redis, keys, HubService(hub: hub, relay: relay),
                IdempotencySweeper(store: idempotency),
                RemainsSweeper(remains: PostgresRoomRemains(client: postgres, logger: boot.logger)),
            ])
    }

    private var checks: [HealthCheck] {
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

/// Takes out what rooms that are gone have left behind.
private struct RemainsSweeper: Service {
    let remains: PostgresRoomRemains

    func run() async throws {
        await cancelWhenGracefulShutdown { await remains.sweep() }
    }
}

/// Takes out idempotency keys nobody may come back for.
private struct IdempotencySweeper: Service {
    let store: PostgresIdempotencyStore

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(600))) != nil { _ = try? await store.sweep() }
        }
    }
}
