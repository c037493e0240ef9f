import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import NIOCore
import PlatformTesting
import Testing

@testable import ChatHTTP

/// The socket over real connections, on stores in memory.
@Suite struct SocketTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    func serve(
        _ adjust: (inout LiveSettings) -> Void = { _ in }, _ body: (TestReplica) async throws -> Void
    ) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, adjust: adjust)
        try await body(replica)
        try await replica.stop()
    }

    @Test func `two talk and both hear everything in order`() async throws {
        try await serve { replica in
            let (one, two) = (try TestClient(replica), try TestClient(replica))
            let room = try await one.makeRoom()
            try await two.join(room)
            let (left, right) = (try await one.socket(), try await two.socket())
            #expect(try await left.subscribe(room)["last_seq"]?.integer == 0)
            #expect(try await right.subscribe(room)["last_seq"]?.integer == 0)
            for number in 0..<50 {
                try await left.say(room, "l\(number)")
                try await right.say(room, "r\(number)", body: "\\\"こ\\n")
            }
            let (heardLeft, heardRight) = (try await left.messages(100), try await right.messages(100))
            #expect(heardLeft == heardRight)
            #expect(heardLeft.compactMap { $0["seq"]?.integer } == Array(1...100))
            let own = heardLeft.filter { $0["sender_id"]?.string == one.user.description }
            #expect(own.compactMap { $0["client_id"]?.string } == (0..<50).map { "l\($0)" })
            try await right.send(#"{"op":"typing","room_id":"\#(room)"}"#)
            var frame = try await left.next()
            while frame["op"]?.string == "ok" { frame = try await left.next() }
            #expect(frame["op"]?.string == "typing" && frame["user_id"]?.string == two.user.description)
        }
    }

    @Test func `a subscriber catches up without a hole and without a double`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let talker = try await client.socket()
            for number in 1...600 { try await talker.say(room, "\(number)") }
            _ = try await talker.ask(9, #"{"op":"ping","id":9}"#)
            let sockets = try await withThrowingTaskGroup(of: [Int].self) { group in
                for after in stride(from: 0, to: 600, by: 60) {
                    group.addTask {
                        let socket = try await client.socket()
                        _ = try await socket.subscribe(room, after: after)
                        let heard = try await socket.messages(900 - after)
                        return heard.compactMap { $0["seq"]?.integer } == Array(after + 1...900) ? [] : [after]
                    }
                }
                // Goes on talking while they catch up.
                for number in 601...900 { try await talker.say(room, "\(number)") }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(sockets == [])
        }
    }

    @Test func `who missed too much is told to read the history`() async throws {
        try await serve({ $0.longestCatchUp = 10 }) { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let socket = try await client.socket()
            for number in 1...11 { _ = try await socket.ask(number, send(number, room)) }
            #expect(try await socket.subscribe(room, after: 0)["last_seq"]?.integer == 11)
            let resync = try await socket.next()
            #expect(resync["op"]?.string == "resync" && resync["last_seq"]?.integer == 11)
            _ = try await socket.ask(12, send(12, room))
            #expect(try await socket.messages(1)[0]["seq"]?.integer == 12)
            #expect(try await socket.subscribe(room, after: 99)["last_seq"]?.integer == 12)
            #expect(try await socket.next()["op"]?.string == "resync")
        }
    }

    private func send(_ id: Int, _ room: String) -> String {
        #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(id)","body":"x"}"#
    }

    @Test func `whoever may not listen is refused, and whoever is removed hears no more`() async throws {
        try await serve { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let (open, closed) = (try await owner.makeRoom(), try await owner.makeRoom(kind: "private"))
            let socket = try await other.socket()
            #expect(try await socket.subscribe(open)["problem"]?["code"]?.string == "chat.not-a-member")
            #expect(try await socket.subscribe(closed)["problem"]?["code"]?.string == "chat.room-not-found")
            #expect(try await socket.ask(3, send(3, open)).answer["problem"]?["code"]?.string == "chat.not-a-member")
            #expect(
                try await socket.ask(4, send(4, closed)).answer["problem"]?["code"]?.string == "chat.room-not-found")
            try await owner.call("PUT", "/v1/rooms/\(closed)/members/\(other.user)", "{}")
            #expect(try await socket.subscribe(closed)["op"]?.string == "ok")
            try await owner.call("DELETE", "/v1/rooms/\(closed)/members/\(other.user)")
            #expect(try await socket.next()["event"]?.string == "member_removed")
            try await owner.call("POST", "/v1/rooms/\(closed)/messages", #"{"client_id":"c","body":"secret"}"#)
            let pong = try await socket.ask(5, #"{"op":"ping","id":5}"#)
            #expect(pong.before.isEmpty)
        }
    }

    @Test func `frames that are none close the socket with 4400`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let sends: [@Sendable (RawSocket) async throws -> Void] = [
                { try await $0.send("not json") }, { try await $0.send("[]") },
                { try await $0.send(String(repeating: "[", count: 60_000)) }, { try await $0.send(binary: [1, 2]) },
                { try await $0.send(frame: 0x1, [0xff, 0xfe]) },
                { try await $0.send(#"{"op":"ping","id":1,"x":"\#(String(repeating: "x", count: 65_536))"}"#) },
            ]
            for (number, send) in sends.enumerated() {
                let socket = try await RawSocket.connect(
                    port: replica.port, headers: [("Authorization", "Bearer \(client.token)")])
                try await send(socket)
                #expect(try await socket.next()?.closeCode == 4400, "\(number)")
                await socket.disconnect()
            }
        }
    }

    @Test func `a socket needs a token in time and keeps to its end`() async throws {
        try await serve({ $0.authenticationTimeout = 1 }) { replica in
            let silent = ChatSocket(try await TestSocket.connect(port: replica.port))
            let hasty = ChatSocket(try await TestSocket.connect(port: replica.port))
            let forger = ChatSocket(try await TestSocket.connect(port: replica.port))
            let client = try TestClient(replica)
            try await hasty.send(#"{"op":"ping","id":1}"#)
            #expect(try await hasty.closeCode() == 4401)
            try await forger.send(#"{"op":"auth","id":1,"token":"x.y.z"}"#)
            #expect(try await forger.next()["problem"]?["status"]?.integer == 401)
            #expect(try await forger.closeCode() == 4401)
            #expect(try await silent.closeCode() == 4401)
            let brief = ChatSocket(try await TestSocket.connect(port: replica.port))
            let short = try tokens.token(client.user, life: 3)
            let admitted = try await brief.ask(1, #"{"op":"auth","id":1,"token":"\#(short)"}"#)
            #expect(admitted.answer["user_id"]?.string == client.user.description)
            #expect(try await brief.next()["op"]?.string == "token_expiring")
            let other = try tokens.token(UserID(UUID()))
            let foreign = try await brief.ask(2, #"{"op":"auth","id":2,"token":"\#(other)"}"#)
            #expect(foreign.answer["problem"]?["code"]?.string == "chat.foreign-token")
            let renewed = try await brief.ask(3, #"{"op":"auth","id":3,"token":"\#(short)"}"#)
            #expect(renewed.answer["op"]?.string == "ok")
            #expect(try await brief.closeCode() == 4401)
        }
    }

    @Test func `handshakes from foreign pages, with bad tokens or other protocols are refused`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let bearer = ("Authorization", "Bearer \(client.token)")
            func status(_ headers: [(String, String)], _ protocols: [String] = []) async throws -> Int {
                do {
                    let socket = try await TestSocket.connect(
                        port: replica.port, headers: headers, subprotocols: protocols)
                    await socket.disconnect()
                    return 101
                } catch let refusal as RefusedSocket {
                    return refusal.status
                }
            }
            #expect(try await status([bearer], ["chat.v1"]) == 101)
            #expect(try await status([bearer], ["other", "chat.v1"]) == 101)
            #expect(try await status([bearer], ["other"]) == 400)
            #expect(try await status([("Authorization", "Bearer x.y.z")]) == 401)
            #expect(try await status([("Authorization", "Basic x")]) == 401)
            #expect(try await status([bearer, ("Origin", "http://evil.test")]) == 403)
            #expect(try await status([bearer, ("Origin", "http://page.test")]) == 101)
            // The access log and the metrics know of all of them.
            #expect(replica.told.filter { $0.route == "/v1/ws" }.map(\.status) == [101, 101, 400, 401, 401, 403, 101])
        }
    }

    @Test func `who floods is closed with 4429`() async throws {
        try await serve({ settings in
            settings.frameBurst = 100
            settings.framesPerSecond = 1
        }) { replica in
            let client = try TestClient(replica)
            let flooder = try await client.socket()
            // More than the burst and what comes back of it meanwhile, however slowly they are sent.
            for id in 0..<1_000 {
                do {
                    try await flooder.send(#"{"op":"ping","id":\#(id)}"#)
                } catch {
                    break
                }
            }
            #expect(try await flooder.closeCode() == 4429)
        }
    }

    @Test func `who does not read is closed with 4408, and the others hear everything`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let (sleeper, reader) = (try await client.socket(), try await client.socket())
            let talker = try await client.socket()
            for socket in [sleeper, reader] { _ = try await socket.subscribe(room) }
            try await sleeper.socket.setReading(false)
            let body = String(repeating: "あ", count: 4_000)
            // Until the server's buffers and the system's are full; what the others get is read meanwhile.
            var said = 0
            while replica.openSockets == 3, said < 3_000 {
                said += 1
                _ = try await talker.ask(
                    said,
                    #"{"op":"send","id":\#(said),"room_id":"\#(room)","client_id":"\#(said)","body":"\#(body)"}"#)
                #expect(try await reader.messages(1)[0]["seq"]?.integer == said)
            }
            try await sleeper.socket.setReading(true)
            #expect(try await sleeper.closeCode() == 4408)
            _ = try await talker.ask(said + 1, send(said + 1, room))
            #expect(try await reader.messages(1)[0]["seq"]?.integer == said + 1)
        }
    }

    @Test func `while the relay is away whoever is removed on another replica hears no more`() async throws {
        let relay = LoopbackRelay()
        let far = try await TestReplica.start(on: chat, tokens: tokens)
        // What is compared when a relay begins must not be what finds it.
        let near = try await TestReplica.start(on: chat, relay: relay, tokens: tokens) {
            $0.gapPatience = .seconds(3_600)
        }
        let (owner, guest) = (try TestClient(far), try TestClient(near))
        let room = try await owner.makeRoom(kind: "private")
        try await owner.call("PUT", "/v1/rooms/\(room)/members/\(guest.user)", "{}")
        let socket = try await guest.socket()
        #expect(try await socket.subscribe(room)["op"]?.string == "ok")
        relay.interrupt()
        try await owner.call("DELETE", "/v1/rooms/\(room)/members/\(guest.user)")
        let notice = try await socket.next()
        #expect(notice["op"]?.string == "room" && notice["event"]?.string == "member_left")
        try await owner.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
        let typing = try await socket.ask(5, #"{"op":"ping","id":5}"#)
        #expect(typing.before.isEmpty)
        try await far.stop()
        try await near.stop()
    }

    @Test func `a stopping replica says when to come back`() async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens)
        let socket = try await TestClient(replica).socket()
        _ = try await socket.ask(1, #"{"op":"ping","id":1}"#)
        async let stopped: Void = replica.stop()
        let drain = try await socket.next()
        #expect(drain["op"]?.string == "drain")
        #expect((0...5_000).contains(drain["reconnect_after_ms"]?.integer ?? -1))
        #expect(try await socket.closeCode() == 1012)
        await socket.socket.disconnect()
        try await stopped
    }
}
