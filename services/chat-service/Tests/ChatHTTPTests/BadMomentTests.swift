import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// What happens to a socket while something else is under way.
@Suite(.timeLimit(.minutes(2))) struct BadMomentTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    @Test func `what is said in one go with the end of the token is not said`() async throws {
        let clock = TestClock()
        let replica = try await TestReplica.start(on: chat, tokens: tokens, clock: clock)
        let client = try TestClient(replica)
        let room = try await client.makeRoom()
        let socket = try await client.socket()
        _ = try await socket.ask(1, #"{"op":"ping","id":1}"#)
        clock.advance(by: .seconds(600))
        try await socket.say(room, "late")
        #expect(try await socket.socket.next() == .close(4401, reason: "token expired"))
        let id = try #require(RoomID(room))
        #expect(try await chat.messages(in: id, .before(nil), limit: 1).isEmpty)
        try await replica.stop()
    }

    @Test func `who is far behind hears at once that the room has ended`() async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens) { $0.longestCatchUp = 10_000 }
        let client = try TestClient(replica)
        let room = try await client.makeRoom()
        let id = try #require(RoomID(room))
        // More than the buffers of the server and of the system hold.
        let (body, count) = (String(repeating: "あ", count: 4_000), 3_000)
        for _ in 0..<count { _ = try await chat.append(Sample.draft(in: id, by: client.user, body: body)) }
        let socket = try await client.socket()
        _ = try await socket.subscribe(room, after: 0)
        try await socket.socket.setReading(false)
        #expect(try await client.call("DELETE", "/v1/rooms/\(room)", headers: ["If-Match": "*"]).status == 204)
        try await socket.socket.setReading(true)
        var (heard, frame) = (0, try await socket.next())
        while frame["op"]?.string == "message" {
            heard += 1
            frame = try await socket.next()
        }
        #expect(frame["event"]?.string == "deleted" && heard < count)
        try await replica.stop()
    }

    @Test func `a removal that was never told of is found, by the next look at the store`() async throws {
        let far = try await TestReplica.start(on: chat, tokens: tokens)
        let near = try await TestReplica.start(on: chat, tokens: tokens) { $0.sweepInterval = .milliseconds(100) }
        let (owner, guest) = (try TestClient(far), try TestClient(near))
        let room = try await owner.makeRoom(kind: "private")
        try await owner.call("PUT", "/v1/rooms/\(room)/members/\(guest.user)", "{}")
        let socket = try await guest.socket()
        #expect(try await socket.subscribe(room)["op"]?.string == "ok")
        // Nothing that one replica says arrives at the other, as when it is killed before it says it.
        try await owner.call("DELETE", "/v1/rooms/\(room)/members/\(guest.user)")
        #expect(try await socket.next()["event"]?.string == "member_left")
        try await owner.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
        #expect(try await socket.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty)
        try await far.stop()
        try await near.stop()
    }

    @Test func `who only asks whether they may listen is not said to have left`() async throws {
        let far = try await TestReplica.start(on: chat, tokens: tokens)
        let near = try await TestReplica.start(on: chat, tokens: tokens) { $0.sweepInterval = .milliseconds(100) }
        let (owner, stranger, kicked) = (try TestClient(near), try TestClient(near), [UserID(UUID()), UserID(UUID())])
        let room = try await owner.makeRoom()
        for user in kicked { try await owner.call("PUT", "/v1/rooms/\(room)/members/\(user)", "{}") }
        let (member, asking) = (try await owner.socket(), try await stranger.socket())
        #expect(try await member.subscribe(room)["op"]?.string == "ok")
        let (gate, asked) = (Gate(), Gate())
        chat.beforeAccess(of: stranger.user) {
            asked.open()
            await gate.wait()
        }
        try await asking.send(#"{"op":"subscribe","id":1,"room_id":"\#(room)"}"#)
        await asked.wait()
        // The second notice comes with a later look at the store than the first, and with all that was found in between.
        for user in kicked {
            let listener = try await TestClient(near, user).socket()
            #expect(try await listener.subscribe(room)["op"]?.string == "ok")
            try await TestClient(far, owner.user).call("DELETE", "/v1/rooms/\(room)/members/\(user)")
            #expect(try await member.next()["user_id"]?.string == user.description)
        }
        #expect(try await member.ask(5, #"{"op":"ping","id":5}"#).before.isEmpty)
        gate.open()
        #expect(try await asking.next()["problem"]?["code"]?.string == "chat.not-a-member")
        try await far.stop()
        try await near.stop()
    }

    @Test func `a flood of typing is shown once`() async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens)
        let (one, two) = (try TestClient(replica), try TestClient(replica))
        let room = try await one.makeRoom()
        try await two.join(room)
        let (left, right) = (try await one.socket(), try await two.socket())
        for socket in [left, right] { _ = try await socket.subscribe(room) }
        let clock = ContinuousClock()
        let began = clock.now
        for _ in 0..<100 { try await left.send(#"{"op":"typing","room_id":"\#(room)"}"#) }
        try await left.say(room, "c")
        var typing = 0
        while try await right.next()["op"]?.string == "typing" { typing += 1 }
        let most = 1 + Int((clock.now - began) / .seconds(3))
        #expect((1...most).contains(typing))
        try await replica.stop()
    }
}
