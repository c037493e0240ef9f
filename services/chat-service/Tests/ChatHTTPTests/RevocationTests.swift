import AuthKit
import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import PlatformTesting
import Synchronization
import Testing

@testable import ChatHTTP

/// What becomes of sockets when user-service tells of their users, over real connections.
@Suite(.timeLimit(.minutes(2))) struct RevocationTests {
    let clock = TripwireClock()
    let chat = InMemoryChat()
    let tokens = TestTokens()

    func serve(
        admitting: @escaping @Sendable (TestReplica) async -> Void = { _ in },
        _ body: (TestReplica) async throws -> Void
    ) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, clock: clock, admitting: admitting)
        try await body(replica)
        try await replica.stop()
    }

    @Test func `a ban closes every socket of its user with 4403 and leaves the others alone`() async throws {
        try await serve { replica in
            let (banned, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await other.makeRoom()
            try await banned.join(room)
            var sockets: [ChatSocket] = []
            // More than there are loops, with gaps where some left.
            for number in 0..<24 {
                let socket = try await banned.socket()
                if number.isMultiple(of: 5) { await socket.socket.disconnect() } else { sockets.append(socket) }
            }
            let bystander = try await other.socket()
            for socket in sockets + [bystander] { _ = try await socket.subscribe(room) }
            replica.tell(.banned, of: banned.user, epoch: 1)
            try await other.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"secret"}"#)
            for socket in sockets {
                #expect(try await socket.socket.next() == .close(4403, reason: "banned"))
                #expect(try await socket.socket.next() == nil)
            }
            #expect(try await bystander.messages(1)[0]["body"]?.string == "secret")
            try await until("the closed are forgotten") { replica.openSockets == 1 }
            #expect(try await banned.call("GET", "/v1/rooms?member=me").code == "user.banned")
            let refused = await #expect(throws: RefusedSocket.self) { try await banned.socket() }
            #expect(refused?.status == 403)
        }
    }

    @Test func `the end of a session closes its sockets with 4401, and those of no other session`() async throws {
        try await serve { replica in
            let (ended, kept) = (UUID(), UUID())
            let here = try TestClient(replica, session: ended)
            let there = try TestClient(replica, here.user, session: kept)
            let (gone, left) = (try await here.socket(), try await there.socket())
            replica.tell(.sessionEnded, of: here.user, session: ended)
            #expect(try await gone.socket.next() == .close(4401, reason: "token revoked"))
            #expect(try await gone.socket.next() == nil)
            #expect(try await left.ask(1, ping(1)).answer["op"]?.string == "ok")
        }
    }

    @Test func `a socket whose token was renewed before its user's roles changed here goes on`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let (renewed, late) = (try await client.socket(), try await client.socket())
            let fresh = try tokens.token(client.user, epoch: 1)
            #expect(try await renewed.ask(1, auth(1, fresh)).answer["op"]?.string == "ok")
            replica.tell(.rolesChanged, of: client.user, epoch: 1)
            #expect(try await late.socket.next() == .close(4401, reason: "token revoked"))
            #expect(try await renewed.ask(2, ping(2)).answer["op"]?.string == "ok")
            // A token from before is refused, and takes nothing from the good one.
            #expect(try await renewed.ask(3, auth(3, client.token)).answer["problem"]?["status"]?.integer == 401)
            #expect(try await renewed.ask(4, ping(4)).answer["op"]?.string == "ok")
        }
    }

    @Test func `a banned user's first frame is refused, and the socket closed with 4403`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            replica.tell(.banned, of: client.user, epoch: 1)
            let socket = ChatSocket(try await TestSocket.connect(port: replica.port))
            let answer = try await socket.ask(1, auth(1, client.token)).answer
            #expect(answer["problem"]?["code"]?.string == "user.banned")
            #expect(try await socket.closeCode() == 4403)
        }
    }

    @Test func `another user's ban closes nothing of the one who tried their token`() async throws {
        try await serve { replica in
            let (client, banned) = (try TestClient(replica), try TestClient(replica))
            let socket = try await client.socket()
            replica.tell(.banned, of: banned.user, epoch: 1)
            let answer = try await socket.ask(1, auth(1, banned.token)).answer
            #expect(answer["problem"]?["code"]?.string == "user.banned")
            #expect(try await socket.ask(2, ping(2)).answer["op"]?.string == "ok")
        }
    }

    @Test func `what a banned user said in one go with the ban is not said`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let socket = try await RawSocket.connect(
                port: replica.port, headers: [("Authorization", "Bearer \(client.token)")])
            try await socket.send(ping(1))
            _ = try await socket.next()
            // Known at the very moment the first of them is looked at, before the loop hears of it.
            clock.trip { replica.tell(.banned, of: client.user, epoch: 1) }
            let frames = (0..<3).flatMap { RawSocket.frame(0x1, Array(say($0, room).utf8)) }
            try await socket.send(raw: frames)
            #expect(try await socket.next()?.closeCode == 4403)
            let id = try #require(RoomID(room))
            #expect(try await chat.messages(in: id, .before(nil), limit: 1).isEmpty)
            await socket.disconnect()
        }
    }

    @Test func `what was under way at the ban ends, and is answered by nothing after the close`() async throws {
        try await serve { replica in
            let (client, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await other.makeRoom()
            try await client.join(room)
            let (socket, ear) = (try await client.socket(), try await other.socket())
            for socket in [socket, ear] { _ = try await socket.subscribe(room) }
            let closed = try await other.makeRoom(kind: "private")
            let (gate, asked) = (Gate(), Gate())
            chat.beforeAccess(of: client.user) {
                asked.open()
                await gate.wait()
            }
            try await socket.send(#"{"op":"subscribe","id":1,"room_id":"\#(closed)"}"#)
            await asked.wait()
            chat.beforeAppend { replica.tell(.banned, of: client.user, epoch: 1) }
            try await socket.send(say(2, room))
            #expect(try await ear.messages(1)[0]["sender_id"]?.string == client.user.description)
            gate.open()
            #expect(try await socket.socket.next() == .close(4403, reason: "banned"))
            #expect(try await socket.socket.next() == nil)
        }
    }

    @Test func `a ban between the check of the token and the opening of the socket is not lost`() async throws {
        let user = UserID(UUID())
        try await serve(admitting: { $0.tell(.banned, of: user, epoch: 1) }) { replica in
            let socket = try await TestClient(replica, user).socket()
            #expect(try await socket.socket.next() == .close(4403, reason: "banned"))
            #expect(try await socket.socket.next() == nil)
        }
    }

    @Test func `a ban at the same moment as the first frame is not lost`() async throws {
        try await serve { replica in
            for round in 0..<200 {
                let client = try TestClient(replica)
                let socket = ChatSocket(try await TestSocket.connect(port: replica.port))
                // A little later each time, so that it comes at every moment there is.
                let telling = Task {
                    for _ in 0..<(round * 20) { await Task.yield() }
                    replica.tell(.banned, of: client.user, epoch: 1)
                }
                try await socket.send(auth(1, client.token))
                await telling.value
                // Whether or not the frame was answered first.
                #expect(try await socket.closeCode() == 4403)
            }
        }
    }

    @Test func `while nobody knows who is banned no socket opens`() async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, revocations: RevocationTable())
        let client = try TestClient(replica)
        #expect(try await client.call("GET", "/v1/rooms?member=me").status == 503)
        let refused = await #expect(throws: RefusedSocket.self) { try await client.socket() }
        #expect(refused?.status == 503)
        try await replica.stop()
    }

    @Test func `sockets close with 1013 when it has not been known for too long who is banned`() async throws {
        let time = Atomic<UInt64>(1)
        let table = RevocationTable(patience: .seconds(60), clock: { time.load(ordering: .relaxed) })
        table.heard(at: table.now)
        let replica = try await TestReplica.start(on: chat, tokens: tokens, revocations: table)
        let socket = try await TestClient(replica).socket()
        #expect(try await socket.ask(1, ping(1)).answer["op"]?.string == "ok")
        time.add(60_000_000_001, ordering: .relaxed)
        #expect(try await socket.closeCode() == 1013)
        try await replica.stop()
    }

    private func ping(_ id: Int) -> String { #"{"op":"ping","id":\#(id)}"# }

    private func auth(_ id: Int, _ token: String) -> String { #"{"op":"auth","id":\#(id),"token":"\#(token)"}"# }

    private func say(_ id: Int, _ room: String) -> String {
        #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(id)","body":"x"}"#
    }
}

/// A clock that does something once, the next time it is asked.
final class TripwireClock: WallClock {
    private let wire = Mutex<(@Sendable () -> Void)?>(nil)

    func trip(_ action: @escaping @Sendable () -> Void) { wire.withLock { $0 = action } }

    var now: Date {
        wire.withLock { $0.take() }?()
        return Date()
    }
}
