import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Testing

@testable import ChatHTTP

/// Who of a room is there.
@Suite(.timeLimit(.minutes(3))) struct PresenceTests {
    let tokens = TestTokens()

    private func present(_ client: TestClient, in room: String) async throws -> [String] {
        let answer = try await client.call("GET", "/v1/rooms/\(room)/presence")
        #expect(answer.status == 200)
        return answer.json["items"]?.array.compactMap { $0["user_id"]?.string } ?? []
    }

    @Test func `who has a socket on any replica is there for the members, and for nobody else`() async throws {
        let (chat, shared) = (InMemoryChat(), SharedStores())
        let first = try await TestReplica.start(on: chat, tokens: tokens, shared: shared)
        let second = try await TestReplica.start(on: chat, tokens: tokens, shared: shared)
        let (owner, guest, stranger) = (try TestClient(first), try TestClient(second), try TestClient(first))
        let room = try await owner.makeRoom(kind: "private")
        try await owner.call("PUT", "/v1/rooms/\(room)/members/\(guest.user)", "{}")
        #expect(try await present(owner, in: room) == [])
        let (socket, other) = (try await guest.socket(), try await stranger.socket())
        try await until { try await present(owner, in: room) == ["\(guest.user)"] }
        let own = try await owner.socket()
        try await until { try await present(guest, in: room) == ["\(owner.user)", "\(guest.user)"] }
        #expect(try await stranger.call("GET", "/v1/rooms/\(room)/presence").code == "chat.room-not-found")
        await socket.socket.disconnect()
        try await until { try await present(owner, in: room) == ["\(owner.user)"] }
        for each in [own, other] { await each.socket.disconnect() }
        try await first.stop()
        try await second.stop()
    }

    @Test func `where it is not shown one sees oneself alone`() async throws {
        let replica = try await TestReplica.start(
            on: InMemoryChat(), tokens: tokens, settings: ["SHOW_PRESENCE": "false"])
        let (owner, guest) = (try TestClient(replica), try TestClient(replica))
        let room = try await owner.makeRoom()
        try await guest.join(room)
        let sockets = [try await owner.socket(), try await guest.socket()]
        try await until { try await present(owner, in: room) == ["\(owner.user)"] }
        #expect(try await present(guest, in: room) == ["\(guest.user)"])
        for socket in sockets { await socket.socket.disconnect() }
        try await replica.stop()
    }

    @Test func `in a large room the first thousand are looked at, each once`() async throws {
        let chat = InMemoryChat()
        let shared = SharedStores()
        let replica = try await TestReplica.start(on: chat, tokens: tokens, shared: shared)
        let owner = try TestClient(replica)
        let room = try await owner.makeRoom()
        let id = try #require(RoomID(room))
        for number in 0..<1_050 {
            let user = Sample.user()
            _ = try await chat.change(
                user, in: id, to: .member, as: user, at: Sample.moment().addingTimeInterval(Double(number + 1)),
                if: MembershipRule { $0.user == nil })
            _ = await shared.registry.add(.sample(of: user), atMost: 1)
        }
        let found = try await present(owner, in: room)
        #expect(found.count == 999 && Set(found).count == 999)
        try await replica.stop()
    }
}
