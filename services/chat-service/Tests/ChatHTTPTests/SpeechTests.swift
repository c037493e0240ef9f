import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import PlatformTesting
import Testing

@testable import ChatHTTP

/// What becomes of what is said on a socket while it is not known whether its sender may speak.
@Suite(.timeLimit(.minutes(2))) struct SpeechTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()
    let rights = ScriptedRights()

    func serve(_ body: (TestReplica) async throws -> Void) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, rights: rights)
        try await body(replica)
        try await replica.stop()
    }

    func said(in room: String) async throws -> [String] {
        let id = try #require(RoomID(room))
        return try await chat.messages(in: id, .after(0, before: nil), limit: 10_000).map(\.clientID.description)
    }

    func send(_ id: Int, _ room: String) -> String {
        #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(id)","body":"x"}"#
    }

    @Test func `what is said while it is asked keeps its order, and is asked about once`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            rights.forget()
            rights.hold()
            let socket = try await client.socket()
            // More than is read while nothing is known.
            let ids = Array(1...1_000)
            for id in ids { try await socket.send(send(id, room)) }
            try await until("it is asked") { !rights.asked.isEmpty }
            #expect(try await said(in: room).isEmpty)
            rights.release()
            for id in ids {
                let answer = try await socket.next()
                #expect(answer["op"]?.string == "ok" && answer["id"]?.integer == id)
            }
            #expect(try await said(in: room) == ids.map(String.init))
            // Ahead at the opening, and for the first frame, whichever came first.
            #expect(rights.asked.count <= 2)
        }
    }

    @Test func `it is asked ahead, so that the first who speaks does not wait`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            rights.forget()
            let socket = try await client.socket()
            try await until("it is known") { rights.speakingAsKnown(client.user) != nil }
            rights.forget()
            let first = ChatSocket(try await TestSocket.connect(port: replica.port))
            _ = try await first.ask(1, #"{"op":"auth","id":1,"token":"\#(client.token)"}"#)
            try await until("it is known again") { rights.speakingAsKnown(client.user) != nil }
            await socket.socket.disconnect()
        }
    }

    @Test func `who may not speak is told so, and goes on listening`() async throws {
        try await serve { replica in
            let (client, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await other.makeRoom()
            try await client.join(room)
            rights.answer(.failure(.speechNotAllowed), about: client.user)
            for isKnown in [true, false] {
                if !isKnown { rights.forget() }
                let socket = try await client.socket()
                _ = try await socket.subscribe(room)
                for id in 2...4 {
                    let problem = try await socket.ask(id, send(id, room)).answer["problem"]
                    #expect(problem?["code"]?.string == "chat.speech-not-allowed" && problem?["status"]?.integer == 403)
                }
                let rest = try await client.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"x"}"#)
                #expect(rest.status == 403 && rest.code == "chat.speech-not-allowed")
                try await other.call(
                    "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"\#(isKnown)","body":"hello"}"#)
                #expect(try await socket.messages(1)[0]["body"]?.string == "hello")
            }
            #expect(try await said(in: room) == ["true", "false"])
        }
    }

    @Test func `without an answer all that waits is refused, the socket lives, and later all is well`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            rights.forget()
            rights.hold()
            rights.answer(.failure(.unavailable("decisions")), about: client.user)
            let socket = try await client.socket()
            for id in 1...200 { try await socket.send(send(id, room)) }
            rights.release()
            for id in 1...200 {
                let answer = try await socket.next()
                #expect(answer["id"]?.integer == id)
                #expect(answer["problem"]?["code"]?.string == "platform.unavailable")
            }
            let rest = try await client.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"x"}"#)
            #expect(rest.status == 503 && rest.headers["retry-after"] != nil)
            #expect(try await said(in: room).isEmpty)
            rights.answer(.success(()), about: client.user)
            #expect(try await socket.ask(201, send(201, room)).answer["op"]?.string == "ok")
        }
    }

    @Test func `what was known ends in the middle: what is said after it waits for an answer, or is refused`()
        async throws
    {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let socket = try await client.socket()
            #expect(try await socket.ask(1, send(1, room)).answer["op"]?.string == "ok")
            rights.forget()
            rights.answer(.failure(.unavailable("decisions")), about: client.user)
            #expect(
                try await socket.ask(2, send(2, room)).answer["problem"]?["code"]?.string == "platform.unavailable")
            rights.answer(.success(()), about: client.user)
            #expect(try await socket.ask(3, send(3, room)).answer["op"]?.string == "ok")
            #expect(try await said(in: room) == ["1", "3"])
        }
    }

    @Test func `after a ban nothing of what waited is answered any more`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            rights.forget()
            rights.hold()
            let socket = try await client.socket()
            for id in 1...50 { try await socket.send(send(id, room)) }
            try await until("it is asked") { !rights.asked.isEmpty }
            replica.tell(.banned, of: client.user, epoch: 1)
            #expect(try await socket.socket.next() == .close(4403, reason: "banned"))
            rights.release()
            #expect(try await socket.socket.next() == nil)
        }
    }

    @Test func `nothing of what waited is stored after a ban, whether or not the loop has heard of it`() async throws {
        try await serve { replica in
            for round in 0..<50 {
                let client = try TestClient(replica)
                let room = try await client.makeRoom()
                rights.forget()
                rights.hold()
                let socket = try await client.socket()
                for id in 1...20 { try await socket.send(send(id, room)) }
                try await until("it is asked") { rights.asked.contains(client.user) }
                // Told first: whatever the loop does next, it is known by then.
                replica.tell(.banned, of: client.user, epoch: 1)
                rights.release()
                #expect(try await socket.closeCode() == 4403)
                #expect(try await said(in: room).isEmpty, "round \(round)")
            }
        }
    }

    @Test func `a replica that stops answers what waits before it closes`() async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, rights: rights)
        let client = try TestClient(replica)
        let room = try await client.makeRoom()
        rights.forget()
        rights.hold()
        let socket = try await client.socket()
        for id in 1...10 { try await socket.send(send(id, room)) }
        try await until("it is asked") { rights.asked.count > 1 }
        async let stopped: Void = replica.stop()
        #expect(try await socket.next()["op"]?.string == "drain")
        rights.release()
        for id in 1...10 { #expect(try await socket.next()["id"]?.integer == id) }
        #expect(try await socket.closeCode() == 1012)
        try await stopped
    }

    @Test func `what a client said before it left is said`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            rights.forget()
            rights.hold()
            let socket = try await client.socket()
            for id in 1...10 { try await socket.send(send(id, room)) }
            try await until("it is asked") { rights.asked.count > 1 }
            await socket.socket.disconnect()
            try await until("the session is gone") { replica.openSockets == 0 }
            rights.release()
            try await until("it is stored") { try await said(in: room).count == 10 }
        }
    }

    @Test func `joining is refused and unavailable as the platform says`() async throws {
        try await serve { replica in
            let (client, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await other.makeRoom()
            rights.answer(.failure(.joinNotAllowed), about: client.user)
            let path = "/v1/rooms/\(room)/members/me"
            #expect(try await client.call("PUT", path).code == "chat.join-not-allowed")
            rights.answer(.failure(.unavailable("decisions")), about: client.user)
            #expect(try await client.call("PUT", path).status == 503)
            #expect(try await client.call("GET", "/v1/rooms/\(room)").json["member_count"]?.integer == 1)
        }
    }
}
