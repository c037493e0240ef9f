import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import IdentityEvents
import PlatformTesting
import Testing

@testable import ChatHTTP

/// How much accounts may have, by tier.
@Suite(.timeLimit(.minutes(2))) struct QuotaTests {
    let tokens = TestTokens()
    let registry = InMemoryConnections()
    static let quotas = ["CHAT_QUOTAS": "free rooms=2 sockets=2; member rooms=3 sockets=4"]

    func serve(_ body: (TestReplica, TestReplica) async throws -> Void) async throws {
        let (chat, relay, shared) = (InMemoryChat(), LoopbackRelay(), SharedStores(registry: registry))
        let first = try await TestReplica.start(
            on: chat, relay: relay, tokens: tokens, shared: shared, settings: Self.quotas)
        let second = try await TestReplica.start(
            on: chat, relay: relay, tokens: tokens, shared: shared, settings: Self.quotas)
        try await body(first, second)
        try await first.stop()
        try await second.stop()
    }

    @Test func `of twenty rooms opened at once with one place left one is opened, on PostgreSQL`() async throws {
        try await TestReplica.withReplica(settings: Self.quotas) { replica in
            let client = try TestClient(replica)
            let first = try await client.makeRoom()
            let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await client.call(
                            "POST", "/v1/rooms", #"{"name":"x","kind":"private"}"#,
                            headers: ["Idempotency-Key": "\(number)"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            let refused = answers.filter { $0.status != 201 }
            #expect(refused.allSatisfy { $0.status == 403 && $0.code == "chat.quota-exceeded" })
            #expect(refused.allSatisfy { $0.json["limit"]?.integer == 2 && $0.json["used"]?.integer == 2 })
            #expect(try await client.call("GET", "/v1/rooms?member=me").json["items"]?.array.count == 2)
            #expect(
                try await client.call("DELETE", "/v1/rooms/\(first)", headers: ["If-Match": "*"]).status == 204)
            _ = try await client.makeRoom()
        }
    }

    @Test func `a tier that ends takes no room away, and a new one counts at once`() async throws {
        try await serve { first, second in
            let user = UserID(UUID())
            for replica in [first, second, first] { _ = try await TestClient(replica, user, tier: "member").makeRoom() }
            let free = try TestClient(second, user)
            let refused = try await free.call("POST", "/v1/rooms", #"{"name":"x","kind":"public"}"#)
            #expect(refused.code == "chat.quota-exceeded" && refused.json["used"]?.integer == 3)
            #expect(try await free.call("GET", "/v1/rooms?member=me").json["items"]?.array.count == 3)
        }
    }

    @Test func `a user has so many sockets open and no more, on both replicas, and closed ones come free`() async throws
    {
        try await serve { first, second in
            let here = try TestClient(first)
            let elsewhere = try TestClient(second, here.user)
            let sockets = [try await here.socket(), try await elsewhere.socket()]
            for client in [here, elsewhere] {
                let refused = await #expect(throws: RefusedSocket.self) { try await client.socket() }
                #expect(refused?.status == 429)
            }
            let socket = ChatSocket(try await TestSocket.connect(port: second.port))
            let problem = try await socket.ask(1, auth(1, elsewhere.token)).answer["problem"]
            #expect(problem?["code"]?.string == "chat.too-many-sockets" && problem?["status"]?.integer == 429)
            #expect(problem?["limit"]?.integer == 2 && problem?["used"]?.integer == 2)
            #expect(try await socket.closeCode() == 4429)
            #expect(try await sockets[0].ask(1, #"{"op":"ping","id":1}"#).answer["op"]?.string == "ok")
            await sockets[0].socket.disconnect()
            try await until("its place is free") { registry.all.count == 1 }
            _ = try await elsewhere.socket()
        }
    }

    @Test func `a membership that lapses closes no socket and lets no further one in`() async throws {
        try await serve { first, second in
            let member = try TestClient(first, tier: "member")
            var sockets: [ChatSocket] = []
            for _ in 0..<3 { sockets.append(try await member.socket()) }
            let free = try TestClient(second, member.user)
            for (id, socket) in sockets.enumerated() {
                #expect(try await socket.ask(id, auth(id, free.token)).answer["op"]?.string == "ok", "renewed")
            }
            let refused = await #expect(throws: RefusedSocket.self) { try await free.socket() }
            #expect(refused?.status == 429)
            _ = try await member.socket()
        }
    }

    @Test func `two first frames at once take one place, and a client that sends none takes none`() async throws {
        try await serve { first, _ in
            let client = try TestClient(first)
            let idle = try await TestSocket.connect(port: first.port)
            let socket = ChatSocket(try await TestSocket.connect(port: first.port))
            for id in 1...3 { try await socket.send(auth(id, client.token)) }
            var names: Set<String?> = []
            for _ in 1...3 { names.insert(try await socket.next()["connection_id"]?.string) }
            #expect(registry.all.map { $0.id.uuidString.lowercased() } == names.compactMap { $0 })
            _ = try await client.socket()
            await #expect(throws: RefusedSocket.self) { try await client.socket() }
            await idle.disconnect()
        }
    }

    @Test func `a socket that was refused, or broke while it opened, keeps no place`() async throws {
        try await serve { first, _ in
            let client = try TestClient(first)
            for _ in 0..<5 {
                let socket = try await client.socket()
                await #expect(throws: RefusedSocket.self) {
                    _ = try await TestSocket.connect(
                        port: first.port, headers: [("Authorization", "Bearer \(client.token)")],
                        subprotocols: ["chat.v9"])
                }
                await socket.socket.disconnect()
                try await until("its place is free") { registry.all.isEmpty }
            }
        }
    }

    @Test func `a ban gives the places back`() async throws {
        try await serve { first, _ in
            let client = try TestClient(first)
            let sockets = [try await client.socket(), try await client.socket()]
            #expect(registry.all.count == 2)
            first.tell(.banned, of: client.user, epoch: 1)
            for socket in sockets { #expect(try await socket.closeCode() == 4403) }
            try await until("the places are free") { registry.all.isEmpty }
        }
    }

    private func auth(_ id: Int, _ token: String) -> String { #"{"op":"auth","id":\#(id),"token":"\#(token)"}"# }
}
