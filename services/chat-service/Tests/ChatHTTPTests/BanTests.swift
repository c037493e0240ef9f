import ChatDomain
import ChatStorage
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import Postgres
import Redis
import Testing

@testable import ChatHTTP

/// Who is kept out of rooms, by whom, and what they hear and may do from then on.
@Suite(.timeLimit(.minutes(3))) struct BanTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    func serve(_ body: (TestReplica) async throws -> Void) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens)
        try await body(replica)
        try await replica.stop()
    }

    @Test func `who is banned is out at once, hears it as the last, and does not come back before it is lifted`()
        async throws
    {
        try await serve { replica in
            let (owner, guest) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            try await guest.join(room)
            let (ban, me) = ("/v1/rooms/\(room)/bans/\(guest.user)", "/v1/rooms/\(room)/members/me")
            let (socket, other) = (try await guest.socket(), try await owner.socket())
            for each in [socket, other] { #expect(try await each.subscribe(room)["last_change"]?.integer == 1) }
            let made = try await owner.call("PUT", ban, #"{"reason":"shouting"}"#)
            #expect(made.status == 201 && made.json["until"] == .null && made.json["by"]?.string == "\(owner.user)")
            for each in [socket, other] {
                let notice = try await each.next()
                #expect(notice["event"]?.string == "member_banned" && notice["change"]?.integer == 2)
                #expect(notice["reason"] == nil, "why is for those who look after the room")
            }
            try await owner.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
            #expect(try await socket.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty)
            #expect(try await socket.subscribe(room)["problem"]?["code"]?.string == "chat.not-a-member")
            let refused = try await guest.call("PUT", me)
            #expect(refused.status == 403 && refused.code == "chat.banned-from-room" && refused.json["until"] == nil)
            let invited = try await owner.call("PUT", "/v1/rooms/\(room)/members/\(guest.user)", "{}")
            #expect(invited.status == 409 && invited.code == "chat.member-banned")
            #expect(try await owner.call("PUT", ban, #"{"reason":"shouting"}"#).status == 200)
            let listed = try await owner.call("GET", "/v1/rooms/\(room)/bans").json["items"]?.array ?? []
            #expect(listed.map { $0["reason"]?.string } == ["shouting"])
            #expect(try await guest.call("GET", "/v1/rooms/\(room)/bans").code == "chat.not-a-member")
            #expect(try await owner.call("DELETE", ban).status == 204)
            #expect(try await owner.call("DELETE", ban).code == "chat.ban-not-found")
            #expect(try await guest.call("PUT", me).status == 201)
        }
    }

    @Test func `a ban with an end ends by itself`() async throws {
        try await serve { replica in
            let (owner, guest) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            let ban = "/v1/rooms/\(room)/bans/\(guest.user)"
            let ending = RFC3339.string(from: Date(timeIntervalSinceNow: 1.5))
            #expect(try await owner.call("PUT", ban, #"{"reason":"x","until":"\#(ending)"}"#).status == 201)
            let refused = try await guest.call("PUT", "/v1/rooms/\(room)/members/me")
            #expect(refused.code == "chat.banned-from-room" && refused.json["until"]?.string == ending)
            try await until { try await guest.call("PUT", "/v1/rooms/\(room)/members/me").status == 201 }
            #expect(try await owner.call("GET", "/v1/rooms/\(room)/bans").json["items"]?.array == [])
            for body in [
                #"{"reason":"x","until":"2001-01-01T00:00:00Z"}"#, #"{"reason":" "}"#, "{}", #"{"reason":null}"#,
                #"{"reason":"x","until":"tomorrow"}"#, #"{"reason":"x","until":9}"#, #"{"reason":"x","by":"y"}"#,
                #"{"reason":"\#(String(repeating: "x", count: 501))"}"#, #"{"reason":"a\u202Eb"}"#,
            ] {
                #expect(try await owner.call("PUT", ban, body).status == 400, "\(body)")
            }
            #expect(try await owner.call("PUT", ban, #"{"reason":"x","until":"9999-12-31T23:59:59Z"}"#).status == 201)
        }
    }

    @Test func `a removal that is heard of late does not put out who was let in again, and a new one does`()
        async throws
    {
        let database = try await TestPostgres.database()
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
        let redis = try await TestRedis.shared().configuration
        let replica = try await TestReplica.start(database: database, redis: redis, tokens: tokens)
        let (owner, guest) = (try TestClient(replica), try TestClient(replica))
        let room = try await owner.makeRoom()
        let id = try #require(RoomID(room))
        for _ in 1...2 {
            try await guest.join(room)
            try await owner.call("DELETE", "/v1/rooms/\(room)/members/\(guest.user)")
        }
        try await guest.join(room)
        let (socket, bystander) = (try await guest.socket(), try await owner.socket())
        for each in [socket, bystander] { #expect(try await each.subscribe(room)["last_change"]?.integer == 5) }
        let relay = RedisRoomRelay(redis: RedisClient(redis), logger: Logger(label: "test"))
        func remove(change: Int64) {
            relay.publish(
                RoomSignal(.notice(RoomNotice(.memberRemoved(guest.user, by: owner.user), in: id, change: change))))
        }
        remove(change: 4)
        relay.publish(RoomSignal(.typing(id, UserID(UUID()))))
        for each in [socket, bystander] { #expect(try await each.next()["op"]?.string == "typing") }
        // Its turn in the order is a long way off, and whom it puts out is out all the same.
        remove(change: 9)
        #expect(try await socket.next()["event"]?.string == "member_removed")
        try await owner.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
        #expect(try await bystander.next()["op"]?.string == "message")
        #expect(try await socket.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty)
        relay.close()
        try await replica.stop()
        await client.close()
    }

    @Test func `the last who listens is put out by what is read from the store, and what is behind it harms nobody`()
        async throws
    {
        let database = try await TestPostgres.database()
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
        let redis = try await TestRedis.shared().configuration
        let replica = try await TestReplica.start(database: database, redis: redis, tokens: tokens)
        let (owner, guest) = (try TestClient(replica), try TestClient(replica))
        let room = try await owner.makeRoom()
        let id = try #require(RoomID(room))
        try await guest.join(room)
        let socket = try await guest.socket()
        _ = try await socket.subscribe(room)
        // Another replica, of whose changes the last alone is heard.
        let (members, other) = (PostgresMemberStore(client: client), UserID(UUID()))
        let rule = MembershipRule { _ in true }
        func put(_ user: UserID, _ role: RoomRole?) async throws -> Int64? {
            try await members.change(user, in: id, to: role, as: owner.user, at: Sample.moment(), if: rule)?.number
        }
        #expect(try await put(guest.user, nil) == 2)
        for number in 3...20 as ClosedRange<Int64> {
            #expect(try await put(other, number % 2 == 0 ? nil : .member) == number)
        }
        let relay = RedisRoomRelay(redis: RedisClient(redis), logger: Logger(label: "test"))
        relay.publish(RoomSignal(.notice(RoomNotice(.memberJoined(other, .member, by: nil), in: id, change: 20))))
        let last = try await socket.next()
        #expect(["member_removed", "member_left"].contains(last["event"]?.string))
        #expect(try await socket.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty)
        relay.close()
        try await replica.stop()
        await client.close()
    }

    /// What each may do to each: the caller's role, the other's, and the answers to a change of role (to the three there are), a
    /// removal, a ban and a lifting of one.
    @Test func `each role may do to each what it may, and nothing else`() async throws {
        try await serve { replica in
            let none = "-"
            for kind in ["public", "private"] {
                let stranger = kind == "public" ? 403 : 404
                for caller in ["owner", "moderator", "member", none] {
                    for other in ["moderator", "member", none] {
                        let owner = try TestClient(replica)
                        let room = try await owner.makeRoom(kind: kind)
                        let (acting, subject) = (caller == "owner" ? owner : try TestClient(replica), UserID(UUID()))
                        for (user, role) in [(acting.user, caller), (subject, other)]
                        where role != none && role != "owner" {
                            let put = try await owner.call(
                                "PUT", "/v1/rooms/\(room)/members/\(user)", #"{"role":"\#(role)"}"#)
                            #expect(put.status == 201)
                        }
                        let path = "/v1/rooms/\(room)/members/\(subject)"
                        func answers(_ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
                            try await acting.call(method, path, body).status
                        }
                        let label = "\(caller) to \(other) in a \(kind) room"
                        let isOut = other == none
                        // Lifting what there is none of, then banning, which also takes out who is in.
                        let found: [Int]
                        let expected: [Int]
                        found = [
                            try await answers("PUT", path, #"{"role":"\#(isOut ? "member" : other)"}"#),
                            try await answers("DELETE", path),
                            try await answers("DELETE", "/v1/rooms/\(room)/bans/\(subject)"),
                            try await answers("PUT", "/v1/rooms/\(room)/bans/\(subject)", #"{"reason":"x"}"#),
                            try await answers("GET", "/v1/rooms/\(room)/bans"),
                        ]
                        switch (caller, other) {
                        case (none, _): expected = [Int](repeating: stranger, count: 5)
                        case ("member", _): expected = [403, 403, 403, 403, 403]
                        case ("moderator", "moderator"): expected = [200, 403, 404, 403, 200]
                        case (_, none): expected = [201, 204, 404, 201, 200]
                        default: expected = [200, 204, 404, 201, 200]
                        }
                        #expect(found == expected, "\(label)")
                        let own = try await answers("PUT", "/v1/rooms/\(room)/bans/\(owner.user)", #"{"reason":"x"}"#)
                        #expect(own == (caller == none ? stranger : 403), "nobody bans the owner: \(label)")
                    }
                }
            }
        }
    }

    @Test func `the owner hands the room over to a member, looks after it from then on, and may leave`() async throws {
        try await serve { replica in
            let (owner, heir) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            let (path, member) = ("/v1/rooms/\(room)", "/v1/rooms/\(room)/members/\(heir.user)")
            let handing = #"{"role":"owner"}"#
            #expect(try await owner.call("PUT", member, handing).code == "chat.member-not-found")
            try await heir.join(room)
            let socket = try await heir.socket()
            _ = try await socket.subscribe(room)
            #expect(try await heir.call("PUT", member, handing).code == "chat.role-too-low")
            let before = try await owner.call("GET", path).headers["etag"]
            #expect(try await owner.call("PUT", member, handing).json["role"]?.string == "owner")
            let notice = try await socket.next()
            #expect(notice["event"]?.string == "owner_changed" && notice["user_id"]?.string == "\(heir.user)")
            #expect(notice["by"]?.string == "\(owner.user)" && notice["change"]?.integer == 2)
            let shown = try await owner.call("GET", path)
            #expect(shown.json["owner_id"]?.string == "\(heir.user)" && shown.headers["etag"] != before)
            #expect(try await owner.call("PUT", member, handing).status == 200, "who got no answer may ask again")
            let back = try await owner.call("PUT", path + "/members/\(owner.user)", handing)
            #expect(back.code == "chat.role-too-low", "what was handed over is not taken back")
            #expect(try await heir.call("DELETE", path + "/members/me").code == "chat.owner-cannot-leave")
            #expect(try await owner.call("DELETE", path + "/members/me").status == 204)
        }
    }

    @Test func `who comes back is told who came, went and was put out meanwhile, and of the settings`() async throws {
        try await serve { replica in
            let (owner, guest, other) = (try TestClient(replica), try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            try await guest.join(room)
            let path = "/v1/rooms/\(room)"
            let missed = try await guest.socket()
            #expect(try await missed.subscribe(room)["last_change"]?.integer == 1)
            await missed.socket.disconnect()
            try await other.join(room)
            try await owner.call("PUT", path + "/members/\(other.user)", #"{"role":"moderator"}"#)
            try await owner.call("PATCH", path, #"{"name":"Hall"}"#, headers: ["If-Match": "*"])
            try await owner.call("DELETE", path + "/members/\(other.user)")
            try await owner.call("PUT", path + "/bans/\(other.user)", #"{"reason":"x"}"#)
            try await owner.call("DELETE", path + "/bans/\(other.user)")
            try await other.join(room)
            #expect(try await other.call("DELETE", path + "/members/me").status == 204)
            let socket = try await guest.socket()
            #expect(try await socket.subscribe(room, change: 1)["last_change"]?.integer == 9)
            var told: [JSONValue] = []
            for _ in 0..<8 { told.append(try await socket.next()) }
            #expect(told.compactMap { $0["change"]?.integer } == Array(2...9))
            #expect(
                told.compactMap { $0["event"]?.string } == [
                    "member_joined", "role_changed", "settings_changed", "member_removed", "member_banned",
                    "ban_lifted",
                    "member_joined", "member_left",
                ])
            #expect(told[2]["name"]?.string == "Hall" && told[1]["role"]?.string == "moderator")
            #expect(try await socket.ask(9, #"{"op":"ping","id":9}"#).before.isEmpty)
        }
    }
}
