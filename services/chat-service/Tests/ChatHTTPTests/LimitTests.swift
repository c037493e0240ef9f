import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// How often somebody may do what costs others something, on two replicas that share what they count.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()
    /// Time stands still: nothing comes back.
    let shared = SharedStores(limits: InMemoryRateLimitStore { 0 })

    func serve(
        _ settings: [String: String], _ body: (TestReplica, TestReplica) async throws -> Void
    ) async throws {
        let relay = LoopbackRelay()
        let first = try await TestReplica.start(
            on: chat, relay: relay, tokens: tokens, shared: shared, settings: settings)
        let second = try await TestReplica.start(
            on: chat, relay: relay, tokens: tokens, shared: shared, settings: settings)
        try await body(first, second)
        try await first.stop()
        try await second.stop()
    }

    func stored(_ room: String) async throws -> Int {
        try await chat.messages(in: try #require(RoomID(room)), .after(0, before: nil), limit: 10_000).count
    }

    func send(_ id: Int, _ room: String, _ name: String) -> String {
        #"{"op":"send","id":\#(id),"room_id":"\#(room)","client_id":"\#(name)\#(id)","body":"x"}"#
    }

    @Test func `who comes and goes without end is stopped, on all replicas together, and others are not`() async throws
    {
        try await serve(["MEMBERSHIPS_PER_MINUTE": "5"]) { first, second in
            let room = try await TestClient(first).makeRoom()
            let here = try TestClient(first)
            let elsewhere = try TestClient(second, here.user)
            let path = "/v1/rooms/\(room)/members/me"
            var statuses: [Int] = []
            for turn in 0..<7 {
                let client = turn.isMultiple(of: 3) ? elsewhere : here
                statuses.append(try await client.call(turn.isMultiple(of: 2) ? "PUT" : "DELETE", path).status)
            }
            #expect(statuses == [201, 204, 201, 204, 201, 429, 429])
            let refused = try await here.call("DELETE", path)
            #expect(refused.code == "platform.rate-limited" && refused.headers["retry-after"] != nil)
            let changes = try await chat.changes(in: try #require(RoomID(room)), after: 0, limit: 99)
            #expect(changes.count == 5, "what is refused leaves nothing behind")
            #expect(try await TestClient(first).call("PUT", path).status == 201)
        }
    }

    @Test func `REST and sockets on all replicas together say no more than the limit, to the last one`() async throws {
        try await serve(["MESSAGES_PER_MINUTE": "50"]) { first, second in
            let here = try TestClient(first)
            let elsewhere = try TestClient(second, here.user)
            let room = try await here.makeRoom()
            let sockets = [try await here.socket(), try await elsewhere.socket()]
            var refused = 0
            for id in 1...30 {
                for (number, socket) in sockets.enumerated() {
                    try await socket.send(send(id, room, "s\(number)-"))
                }
                for (number, client) in [here, elsewhere].enumerated() where id.isMultiple(of: 3) {
                    let answer = try await client.call(
                        "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"r\#(number)-\#(id)","body":"x"}"#)
                    #expect(answer.status == 201 || answer.code == "platform.rate-limited")
                    refused += answer.status == 201 ? 0 : 1
                }
            }
            for socket in sockets {
                var answered: Set<Int?> = []
                for _ in 1...30 {
                    let answer = try await socket.next()
                    answered.insert(answer["id"]?.integer)
                    guard answer["op"]?.string == "error" else { continue }
                    refused += 1
                    #expect(answer["problem"]?["code"]?.string == "platform.rate-limited")
                    #expect(answer["problem"]?["status"]?.integer == 429)
                    #expect((answer["problem"]?["retry_after_ms"]?.integer ?? 0) > 0)
                }
                #expect(answered == Set(1...30))
            }
            // What one replica has taken and not spent the other lacks.
            #expect(try await stored(room) + refused == 80)
            #expect((45...50).contains(try await stored(room)))
            #expect(try await sockets[0].ask(99, #"{"op":"ping","id":99}"#).answer["op"]?.string == "ok")
            let other = try TestClient(second)
            try await other.join(room)
            let answer = try await other.call("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"o","body":"x"}"#)
            #expect(answer.status == 201, "everybody has their own")
        }
    }

    @Test func `one replica says all of the limit, in order, and answers say how much is left`() async throws {
        try await serve(["MESSAGES_PER_MINUTE": "50"]) { first, _ in
            let client = try TestClient(first)
            let room = try await client.makeRoom()
            let socket = try await client.socket()
            for id in 1...49 { try await socket.send(send(id, room, "s")) }
            for id in 1...49 { #expect(try await socket.next()["id"]?.integer == id) }
            let path = "/v1/rooms/\(room)/messages"
            let last = try await client.call("POST", path, #"{"client_id":"last","body":"x"}"#)
            #expect(last.status == 201)
            #expect(last.headers["ratelimit-policy"] == #""messages";q=50;w=60"#)
            #expect(last.headers["ratelimit"]?.hasPrefix(#""messages";r=0;"#) == true)
            let refused = try await client.call(
                "POST", path, #"{"client_id":"more","body":"x"}"#, headers: ["Idempotency-Key": "k"])
            #expect(refused.status == 429 && refused.headers["retry-after"] != nil)
            #expect(refused.headers["ratelimit-policy"] != nil && refused.headers["idempotency-replayed"] == nil)
            #expect((refused.json["retry_after_ms"]?.integer ?? 0) > 0)
            #expect(try await stored(room) == 50)
        }
    }

    @Test func `rooms are opened so often and no more, on both replicas, and an answer that was kept costs no place`()
        async throws
    {
        try await serve(["ROOMS_PER_MINUTE": "3"]) { first, second in
            let (here, user) = (try TestClient(first), UserID(UUID()))
            for replica in [first, second, first] { _ = try await TestClient(replica, user).makeRoom() }
            let refused = try await TestClient(second, user).call("POST", "/v1/rooms", #"{"name":"x","kind":"public"}"#)
            #expect(refused.status == 429 && refused.code == "platform.rate-limited")
            #expect(refused.headers["ratelimit-policy"] == #""rooms";q=3;w=60"#)
            _ = try await here.makeRoom()
        }
    }

    @Test func `sockets are opened so often by one account, by both ways of saying who one is`() async throws {
        try await serve(["SOCKETS_PER_MINUTE": "3"]) { first, second in
            let client = try TestClient(first)
            let elsewhere = try TestClient(second, client.user)
            for opener in [client, elsewhere] { _ = try await opener.socket() }
            let open = ChatSocket(try await TestSocket.connect(port: second.port))
            #expect(try await open.ask(1, auth(1, elsewhere.token)).answer["op"]?.string == "ok")
            #expect(
                try await open.ask(2, auth(2, elsewhere.token)).answer["op"]?.string == "ok", "a renewal is no opening")
            let refused = await #expect(throws: RefusedSocket.self) { try await elsewhere.socket() }
            #expect(refused?.status == 429)
            let late = ChatSocket(try await TestSocket.connect(port: first.port))
            let problem = try await late.ask(1, auth(1, client.token)).answer["problem"]
            #expect(problem?["code"]?.string == "platform.rate-limited" && problem?["retry_after_ms"]?.integer != nil)
            #expect(try await late.closeCode() == 4429)
            _ = try await TestClient(first).socket()
        }
    }

    @Test func `sockets are opened so often from one network, whoever it is`() async throws {
        try await serve(["NETWORK_SOCKETS_PER_MINUTE": "3"]) { first, second in
            for replica in [first, second, first] { _ = try await TestClient(replica).socket() }
            for replica in [first, second] {
                let refused = await #expect(throws: RefusedSocket.self) { try await TestClient(replica).socket() }
                #expect(refused?.status == 429)
                await #expect(throws: RefusedSocket.self) { try await TestSocket.connect(port: replica.port) }
            }
        }
    }

    private func auth(_ id: Int, _ token: String) -> String { #"{"op":"auth","id":\#(id),"token":"\#(token)"}"# }
}
