import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// How far people have read, and what they have not.
@Suite(.timeLimit(.minutes(3))) struct ReadTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    /// A room with so many messages of its owner, and a member.
    private func serve(
        _ settings: [String: String] = [:], _ count: Int,
        _ body: (_ owner: TestClient, _ reader: TestClient, _ room: String) async throws -> Void
    ) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, settings: settings)
        let (owner, reader) = (try TestClient(replica), try TestClient(replica))
        let room = try await owner.makeRoom(kind: "private")
        try await owner.call("PUT", "/v1/rooms/\(room)/members/\(reader.user)", "{}")
        for number in 0..<count {
            try await owner.call(
                "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"\#(number)","body":"hi @\#(reader.user)"}"#)
        }
        try await body(owner, reader, room)
        try await replica.stop()
    }

    private func unread(_ client: TestClient) async throws -> [Int?] {
        let items = try await client.call("GET", "/v1/me/unread").json["items"]?.array ?? []
        return items.flatMap { [$0["unread"]?.integer, $0["mentions"]?.integer] }
    }

    @Test func `a mark is told to those who listen, counts what is left, and is refused beyond the end`() async throws {
        try await serve([:], 5) { owner, reader, room in
            let path = "/v1/rooms/\(room)/read"
            #expect(try await unread(reader) == [5, 5])
            let socket = try await owner.socket()
            _ = try await socket.subscribe(room)
            let marked = try await reader.call("PUT", path, #"{"seq":3}"#)
            #expect(marked.status == 200 && marked.json["seq"]?.integer == 3)
            let told = try await socket.next()
            #expect(told["op"]?.string == "read" && told["user_id"]?.string == "\(reader.user)")
            #expect(told["seq"]?.integer == 3)
            #expect(try await reader.call("PUT", path, #"{"seq":2}"#).json["seq"]?.integer == 3, "not back")
            #expect(try await unread(reader) == [2, 2])
            let listed = try await owner.call("GET", path).json["items"]?.array ?? []
            #expect(listed.map { $0["user_id"]?.string } == ["\(reader.user)"])
            let beyond = try await reader.call("PUT", path, #"{"seq":6}"#)
            #expect(beyond.status == 422 && beyond.code == "chat.read-beyond-end")
            for body in [
                #"{"seq":-1}"#, #"{"seq":1.5}"#, #"{"seq":9223372036854775808}"#, "{}", #"{"seq":null}"#,
                #"{"seq":"1"}"#,
            ] {
                #expect(try await reader.call("PUT", path, body).status == 400, "\(body)")
            }
            let stranger = try TestClient(owner.replica)
            for (method, body) in [("PUT", #"{"seq":1}"#), ("GET", nil)] as [(String, String?)] {
                #expect(try await stranger.call(method, path, body).code == "chat.room-not-found")
            }
            #expect(try await unread(stranger) == [])
            #expect(try await socket.ask(9, #"{"op":"ping","id":9}"#).before.isEmpty, "told once")
        }
    }

    @Test func `a socket that says often how far it has read is heard once a second, with the newest in the end`()
        async throws
    {
        try await serve([:], 40) { owner, reader, room in
            let (ear, socket) = (try await owner.socket(), try await reader.socket())
            for each in [ear, socket] { _ = try await each.subscribe(room) }
            func read(_ seq: String) -> String { #"{"op":"read","room_id":"\#(room)","seq":\#(seq)}"# }
            for seq in 1...40 { try await socket.send(read("\(seq)")) }
            var told: [Int] = []
            while told.last != 40 { told.append(try #require(try await ear.next()["seq"]?.integer)) }
            #expect(told == [1, 40])
            #expect(try await unread(reader) == [0, 0])
            for (bad, code) in [
                ("-1", "platform.invalid-input"), ("null", "platform.invalid-input"), ("41", "chat.read-beyond-end"),
            ] {
                try await socket.send(read(bad))
                var answer = try await socket.next()
                while answer["op"]?.string == "read" { answer = try await socket.next() }
                #expect(answer["problem"]?["code"]?.string == code)
            }
            let elsewhere = #"{"op":"read","room_id":"\#(UUID())","seq":1}"#
            try await socket.send(elsewhere)
            #expect(try await socket.next()["problem"]?["code"]?.string == "chat.not-subscribed")
        }
    }

    @Test func `where marks are not shown nobody sees those of others, and what is unread is counted all the same`()
        async throws
    {
        try await serve(["SHOW_READ_MARKS": "false"], 2) { owner, reader, room in
            let path = "/v1/rooms/\(room)/read"
            let socket = try await owner.socket()
            _ = try await socket.subscribe(room)
            #expect(try await reader.call("PUT", path, #"{"seq":1}"#).status == 200)
            #expect(try await unread(reader) == [1, 1])
            #expect(try await owner.call("GET", path).json["items"]?.array == [])
            #expect(try await reader.call("GET", path).json["items"]?.array.count == 1)
            #expect(try await socket.ask(9, #"{"op":"ping","id":9}"#).before.isEmpty)
        }
    }
}
