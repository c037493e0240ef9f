import ChatDomain
import ChatStorage
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import Logging
import NIOCore
import PlatformTesting
import Postgres
import Redis
import RedisIdentityEvents
import Testing

@testable import ChatHTTP

/// Two replicas on one PostgreSQL and one Redis, all real, some of them killed.
@Suite struct TwoReplicasTests {
    let tokens = TestTokens()

    func migrated(_ database: String) async throws -> String {
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
        await client.close()
        return database
    }

    /// Runs `body` with both replicas.
    func serve(
        database: String, redis: RedisConfiguration, _ body: (TestReplica, TestReplica) async throws -> Void
    ) async throws {
        let first = try await TestReplica.start(database: database, redis: redis, tokens: tokens)
        let second = try await TestReplica.start(database: database, redis: redis, tokens: tokens)
        try await body(first, second)
        try await first.stop()
        try await second.stop()
    }

    /// Two members of one room, each with a socket on a replica of its own.
    func pair(
        _ first: TestReplica, _ second: TestReplica
    ) async throws -> (room: String, left: ChatSocket, right: ChatSocket) {
        let (one, two) = (try TestClient(first), try TestClient(second))
        let room = try await one.makeRoom()
        try await two.join(room)
        let (left, right) = (try await one.socket(), try await two.socket())
        _ = try await left.subscribe(room)
        _ = try await right.subscribe(room)
        return (room, left, right)
    }

    /// Says `count` messages one after the other, again and again until each is acknowledged.
    @Sendable static func talk(_ socket: ChatSocket, _ room: String, _ name: String, _ count: Int) async throws {
        for number in 0..<count {
            var isStored = false
            while !isStored {
                let id = Int.random(in: 1...1_000_000_000)
                let answer = try await socket.ask(
                    id,
                    #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(name)\#(number)","body":"x"}"#
                ).answer
                isStored = answer["op"]?.string == "ok"
                if !isStored { #expect(answer["problem"]?["code"]?.string == "platform.unavailable") }
            }
        }
    }

    /// What an ear hears is every message once, in order.
    static func hears(_ ear: ChatSocket, _ count: Int) async throws -> Bool {
        let seqs = try await ear.messages(count).compactMap { $0["seq"]?.integer }
        return seqs == Array(1...count)
    }

    /// Talks on both replicas while `disturbance` happens, and listens with sockets that do nothing else.
    func talkThrough(
        _ first: TestReplica, _ second: TestReplica, _ disturbance: () async throws -> Void
    ) async throws {
        let (room, left, right) = try await pair(first, second)
        let (one, two) = (try TestClient(first), try TestClient(second))
        try await one.join(room)
        try await two.join(room)
        let ears = [try await one.socket(), try await two.socket()]
        for ear in ears { _ = try await ear.subscribe(room) }
        async let saidLeft: Void = Self.talk(left, room, "l", 300)
        async let saidRight: Void = Self.talk(right, room, "r", 300)
        async let heardFirst = Self.hears(ears[0], 600)
        async let heardSecond = Self.hears(ears[1], 600)
        try await disturbance()
        try await saidLeft
        try await saidRight
        #expect(try await heardFirst)
        #expect(try await heardSecond)
        let late = try await two.socket()
        _ = try await late.subscribe(room, after: 0)
        #expect(try await Self.hears(late, 600))
    }

    @Test func `a conversation across replicas is the same for both`() async throws {
        let redis = try await TestRedis.shared()
        try await serve(database: try await migrated(TestPostgres.database()), redis: redis.configuration) {
            first, second in
            try await talkThrough(first, second) {}
        }
    }

    @Test func `a removal reaches sockets on the other replica`() async throws {
        let redis = try await TestRedis.shared()
        try await serve(database: try await migrated(TestPostgres.database()), redis: redis.configuration) {
            first, second in
            let (owner, other) = (try TestClient(first), try TestClient(second))
            let room = try await owner.makeRoom()
            try await other.join(room)
            let socket = try await other.socket()
            _ = try await socket.subscribe(room)
            try await owner.call("DELETE", "/v1/rooms/\(room)/members/\(other.user)")
            #expect(try await socket.next()["event"]?.string == "member_removed")
        }
    }

    @Test func `a ban from a room ends what its sockets hear on every replica within a second`() async throws {
        let redis = try await TestRedis.shared()
        try await serve(database: try await migrated(TestPostgres.database()), redis: redis.configuration) {
            first, second in
            let (owner, guest) = (try TestClient(first), UserID(UUID()))
            let room = try await owner.makeRoom()
            let clients = [try TestClient(first, guest), try TestClient(second, guest)]
            try await clients[0].join(room)
            var sockets: [ChatSocket] = []
            for client in clients {
                sockets.append(try await client.socket())
                #expect(try await sockets.last?.subscribe(room)["op"]?.string == "ok")
            }
            let (ban, began) = ("/v1/rooms/\(room)/bans/\(guest)", ContinuousClock.now)
            let ending = RFC3339.string(from: Date(timeIntervalSinceNow: 2))
            #expect(try await owner.call("PUT", ban, #"{"reason":"x","until":"\#(ending)"}"#).status == 201)
            for socket in sockets { #expect(try await socket.next()["event"]?.string == "member_banned") }
            #expect(ContinuousClock.now - began < .seconds(1))
            try await owner.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
            for socket in sockets { #expect(try await socket.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty) }
            // By the database's clock it ends on both at the same time.
            for client in clients {
                #expect(try await client.call("PUT", "/v1/rooms/\(room)/members/me").status == 403)
            }
            try await until { try await clients[1].call("PUT", "/v1/rooms/\(room)/members/me").status == 201 }
        }
    }

    @Test func `a ban in Redis closes the sockets on both replicas`() async throws {
        let redis = try await TestRedis.start()
        try await serve(database: try await migrated(TestPostgres.database()), redis: redis.configuration) {
            first, second in
            let banned = UserID(UUID())
            let sockets = [try await TestClient(first, banned).socket(), try await TestClient(second, banned).socket()]
            let client = RedisClient(redis.configuration)
            let following = [first, second].map { replica in
                let follower = IdentityFollower(
                    table: replica.revocations, stream: RedisIdentityStream(redis: client), feed: SilentFeed(),
                    logger: Logger(label: "test"))
                return Task { try await follower.run() }
            }
            defer { for task in following { task.cancel() } }
            let ban = IdentityEvent(seq: 1, tag: "a", kind: .banned, userID: banned.uuid, epoch: 1, at: Date())
            _ = try await RedisIdentityPublisher(redis: client).publish([ban], after: .beginning)
            for socket in sockets { #expect(try await socket.closeCode() == 4403) }
        }
    }

    @Test func `Redis killed under traffic delays messages and loses, doubles and misplaces none`() async throws {
        let redis = try await TestRedis.start()
        try await serve(database: try await migrated(TestPostgres.database()), redis: redis.configuration) {
            first, second in
            try await talkThrough(first, second) {
                for _ in 0..<3 {
                    try await redis.kill()
                    try await redis.start()
                }
            }
        }
    }

    @Test func `sockets count together on both replicas, each alone while Redis is away, and together again`()
        async throws
    {
        let redis = try await TestRedis.start()
        let database = try await migrated(TestPostgres.database())
        let settings = ["CHAT_QUOTAS": "free rooms=9 sockets=2", "MESSAGES_PER_MINUTE": "30"]
        var replicas: [TestReplica] = []
        for _ in 0..<2 {
            replicas.append(
                try await TestReplica.start(
                    database: database, redis: redis.configuration, tokens: tokens, settings: settings))
        }
        let user = UserID(UUID())
        let (here, there) = (try TestClient(replicas[0], user), try TestClient(replicas[1], user))
        let room = try await here.makeRoom()
        let sockets = [try await here.socket(), try await there.socket()]
        for client in [here, there] {
            let refused = await #expect(throws: RefusedSocket.self) { try await client.socket() }
            #expect(refused?.status == 429)
        }
        try await redis.kill()
        // One more each, as each knows of one; and what is said goes on, within a limit of each replica's own.
        let more = [try await here.socket(), try await there.socket()]
        await #expect(throws: RefusedSocket.self) { try await here.socket() }
        for socket in more {
            let (code, said) = try await told(socket, room, saying: 60)
            #expect(code == "platform.rate-limited" && (28...36).contains(said))
        }
        try await redis.start()
        for socket in sockets { await socket.socket.disconnect() }
        try await until("places are given back") { replicas.allSatisfy { $0.openSockets == 1 } }
        for replica in replicas { try await replica.stop() }
    }

    /// The code of the last refusal, and how much was said.
    private func told(_ socket: ChatSocket, _ room: String, saying count: Int) async throws -> (String?, Int) {
        var (code, said) = (nil as String?, 0)
        for id in 1...count {
            let answer = try await socket.ask(
                id, #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(UUID())","body":"x"}"#
            ).answer
            if answer["op"]?.string == "ok" { said += 1 } else { code = answer["problem"]?["code"]?.string }
        }
        return (code, said)
    }

    @Test func `PostgreSQL killed under traffic refuses sends, keeps the sockets and loses nothing`() async throws {
        let server = try await TestPostgres.start()
        let redis = try await TestRedis.shared()
        try await serve(database: try await migrated(server.createDatabase()), redis: redis.configuration) {
            first, second in
            try await talkThrough(first, second) {
                for _ in 0..<2 {
                    try await server.kill()
                    try await server.start()
                }
            }
        }
    }
}

/// Has nothing to tell that the stream did not.
private struct SilentFeed: IdentityFeed {
    func events(after position: IdentityPosition?) async throws -> IdentityPage {
        IdentityPage(events: [], next: position ?? .beginning)
    }
}
