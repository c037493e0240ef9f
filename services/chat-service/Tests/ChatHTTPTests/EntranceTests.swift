import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// How people come into rooms beside joining open ones: by links, and with one another.
@Suite(.timeLimit(.minutes(3))) struct EntranceTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    func serve(_ settings: [String: String] = [:], _ body: (TestReplica) async throws -> Void) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, settings: settings)
        try await body(replica)
        try await replica.stop()
    }

    @Test func `a link lets strangers into a private room, as often as it says, and tells others nothing of it`()
        async throws
    {
        try await serve { replica in
            let (owner, guest, late) = (try TestClient(replica), try TestClient(replica), try TestClient(replica))
            let (room, open) = (try await owner.makeRoom(kind: "private"), try await owner.makeRoom())
            let made = try await owner.call("POST", "/v1/rooms/\(room)/invitations", #"{"uses":1}"#)
            let token = try #require(made.json["token"]?.string)
            #expect(made.status == 201 && made.json["uses_left"]?.integer == 1 && token.count == 43)
            let shown = try await owner.call("GET", "/v1/rooms/\(room)/invitations").json["items"]?.array ?? []
            #expect(shown.count == 1 && shown[0]["token"] == nil)
            func enter(_ client: TestClient, _ room: String, _ token: String) async throws -> TestAnswer {
                try await client.call("PUT", "/v1/rooms/\(room)/members/me", #"{"invitation":"\#(token)"}"#)
            }
            let other = InvitationToken().description
            #expect(try await enter(guest, room, other).code == "chat.room-not-found")
            #expect(try await enter(guest, open, other).code == "chat.invitation-not-found")
            #expect(try await enter(guest, open, token).code == "chat.invitation-not-found", "to another room")
            #expect(try await enter(guest, room, token).status == 201)
            #expect(try await enter(guest, room, token).status == 200, "who got no answer may ask again")
            #expect(try await enter(late, room, token).code == "chat.room-not-found", "used up")
            #expect(try await guest.call("POST", "/v1/rooms/\(room)/invitations", "{}").code == "chat.role-too-low")
            #expect(try await late.call("POST", "/v1/rooms/\(room)/invitations", "{}").code == "chat.room-not-found")
            for body in [
                #"{"invitation":"x"}"#, #"{"invitation":1}"#, #"{"invitation":"\#(token)="}"#, #"{"x":1}"#, "[]", "x",
            ] {
                #expect(try await late.call("PUT", "/v1/rooms/\(open)/members/me", body).status == 400, "\(body)")
            }
            #expect(try await late.call("PUT", "/v1/rooms/\(open)/members/me", #"{"invitation":null}"#).status == 201)
            for body in [
                #"{"uses":0}"#, #"{"uses":-1}"#, #"{"uses":100001}"#, #"{"uses":1e400}"#, #"{"uses":"1"}"#,
                #"{"expires_at":"2001-01-01T00:00:00Z"}"#, #"{"expires_at":"soon"}"#, #"{"token":"x"}"#,
            ] {
                #expect(try await owner.call("POST", "/v1/rooms/\(room)/invitations", body).status == 400, "\(body)")
            }
        }
    }

    @Test func `a link is taken back, and one that is made again with its key is the same`() async throws {
        try await serve { replica in
            let owner = try TestClient(replica)
            let path = "/v1/rooms/\(try await owner.makeRoom())/invitations"
            let key = ["Idempotency-Key": "one"]
            let first = try await owner.call("POST", path, "{}", headers: key)
            let again = try await owner.call("POST", path, "{}", headers: key)
            #expect(first.json["token"] == again.json["token"] && again.headers["idempotency-replayed"] == "true")
            let id = try #require(first.json["id"]?.string)
            #expect(try await TestClient(replica).call("DELETE", "\(path)/\(id)").code == "chat.not-a-member")
            #expect(try await owner.call("DELETE", "\(path)/\(id)").status == 204)
            for gone in [id, UUID().uuidString, "x"] {
                #expect(
                    try await owner.call("DELETE", "\(path)/\(gone)").code == "chat.invitation-not-found", "\(gone)")
            }
            #expect(try await owner.call("GET", path).json["items"]?.array == [])
        }
    }

    @Test func `two people have one private room, in which neither is above the other`() async throws {
        try await serve(["CHAT_QUOTAS": "free rooms=1 sockets=5"]) { replica in
            let (one, other, third) = (try TestClient(replica), try TestClient(replica), try TestClient(replica))
            let opened = try await one.call("PUT", "/v1/rooms/direct/\(other.user)")
            let room = try #require(opened.json["id"]?.string)
            #expect(opened.status == 201 && opened.json["kind"]?.string == "private")
            #expect(opened.headers["location"] == "/v1/rooms/\(room)" && opened.json["member_count"]?.integer == 2)
            let found = try await other.call("PUT", "/v1/rooms/direct/\(one.user)")
            #expect(found.status == 200 && found.json["id"]?.string == room)
            #expect(try await third.call("GET", "/v1/rooms/\(room)").status == 404)
            for (method, path, body) in [
                ("DELETE", "/members/\(other.user)", nil), ("PUT", "/bans/\(other.user)", #"{"reason":"x"}"#),
                ("PUT", "/members/\(third.user)", "{}"), ("POST", "/invitations", "{}"),
                ("PUT", "/members/\(other.user)", #"{"role":"owner"}"#),
            ] as [(String, String, String?)] {
                #expect(
                    try await one.call(method, "/v1/rooms/\(room)\(path)", body).code == "chat.role-too-low", "\(path)")
            }
            let changed = try await one.call(
                "PATCH", "/v1/rooms/\(room)", #"{"kind":"public"}"#, headers: ["If-Match": "*"])
            #expect(changed.code == "chat.role-too-low")
            #expect(try await one.call("DELETE", "/v1/rooms/\(room)/members/me").status == 204, "either may leave")
            let socket = try await other.socket()
            #expect(try await socket.subscribe(room)["last_change"]?.integer == 3)
            #expect(try await one.call("PUT", "/v1/rooms/direct/\(other.user)").json["id"]?.string == room)
            let back = try await socket.next()
            #expect(back["event"]?.string == "member_joined" && back["change"]?.integer == 4)
            #expect(try await one.call("PUT", "/v1/rooms/direct/\(one.user)").code == "chat.direct-with-oneself")
            #expect(try await one.call("PUT", "/v1/rooms/direct/\(third.user)").code == "chat.quota-exceeded")
            #expect(try await one.call("PUT", "/v1/rooms/direct/x").code == "chat.member-not-found")
        }
    }

    @Test func `in slow mode what comes too soon is refused alike over REST and on the socket`() async throws {
        try await serve { replica in
            let (owner, member) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            try await member.join(room)
            let path = "/v1/rooms/\(room)"
            for body in ["-1", "21601", "1.5", "\"1\"", "null", "9223372036854775808", "1e30"] {
                let refused = try await owner.call(
                    "PATCH", path, #"{"slow_mode_seconds":\#(body)}"#, headers: ["If-Match": "*"])
                #expect(refused.status == 400, "\(body)")
            }
            #expect(
                try await member.call("PATCH", path, #"{"slow_mode_seconds":1}"#, headers: ["If-Match": "*"]).status
                    == 403)
            let slow = try await owner.call(
                "PATCH", path, #"{"slow_mode_seconds":21600}"#, headers: ["If-Match": "\"1\""])
            #expect(slow.status == 200 && slow.json["slow_mode_seconds"]?.integer == 21_600)
            func say(_ client: TestClient, _ id: String) async throws -> TestAnswer {
                try await client.call("POST", path + "/messages", #"{"client_id":"\#(id)","body":"x"}"#)
            }
            #expect(try await say(member, "a").status == 201)
            let early = try await say(member, "b")
            let wait = early.json["retry_after_ms"]?.integer ?? 0
            #expect(early.status == 429 && early.code == "chat.slow-mode" && (21_500_000...21_600_000).contains(wait))
            let seconds = early.headers["retry-after"].flatMap { Int($0) } ?? 0
            #expect((seconds - 1) * 1_000 < wait && wait <= seconds * 1_000)
            #expect(try await say(member, "a").status == 200, "a repeat is no message")
            for id in ["c", "d"] { #expect(try await say(owner, id).status == 201) }
            let socket = try await member.socket()
            let answer = try await socket.ask(
                3, #"{"op":"send","id":3,"room_id":"\#(room)","client_id":"e","body":"x"}"#
            ).answer
            #expect(answer["problem"]?["code"]?.string == "chat.slow-mode")
            #expect((answer["problem"]?["retry_after_ms"]?.integer ?? 0) > 21_500_000)
        }
    }
}
