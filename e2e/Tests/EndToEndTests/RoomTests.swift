import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

private struct TokenBody: Decodable {
    let token: String
}

private struct AccountBody: Decodable {
    let id: String
}

extension Person {
    fileprivate var id: String {
        get async throws { try await api.insist(.GET, "/v1/me").decoded(as: AccountBody.self).id }
    }
}

extension EndToEnd {
    /// A room with those who look after it and those whom they put out, through the gateway and on both replicas.
    @Suite
    struct RoomTests {
        @Test func `a link lets somebody in, a ban puts them out on every replica, and the room is handed over`()
            async throws
        {
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let benID = try await ben.id
            let made = try await anna.api.call(.POST, "/v1/rooms", json: ["name": "e2e", "kind": "private"])
            let room: RoomBody = try made.decoded()
            let path = "/v1/rooms/\(room.id)"
            #expect(try await ben.api.call(.GET, path).status == 404)
            let link = try await anna.api.call(.POST, path + "/invitations", json: [:])
            try #require(link.status == 201)
            let token = try link.decoded(as: TokenBody.self).token
            func enter() async throws -> Answer {
                try await ben.api.call(.PUT, path + "/members/me", json: ["invitation": token])
            }
            #expect(try await enter().status == 201)
            var sockets: [ChatSocket] = []
            for port in Platform.chatPorts {
                let socket = try await ChatSocket(port: port, token: ben.tokens.accessToken)
                try await socket.subscribe(to: room)
                sockets.append(socket)
            }
            let banned = try await anna.api.call(
                .PUT, path + "/bans/\(benID)", json: ["reason": "for the test"])
            #expect(banned.status == 201)
            for socket in sockets {
                await #expect(throws: ChatSocket.Refused.self) { try await socket.send("not heard", to: room) }
                await socket.disconnect()
            }
            let refused = try await enter()
            #expect(refused.status == 403 && refused.problemCode == "chat.banned-from-room")
            #expect(try await anna.api.call(.DELETE, path + "/bans/\(benID)").status == 204)
            #expect(try await enter().status == 201)
            #expect(try await anna.api.call(.DELETE, path + "/members/me").problemCode == "chat.owner-cannot-leave")
            #expect(try await anna.api.call(.PUT, path + "/members/\(benID)", json: ["role": "owner"]).status == 200)
            #expect(try await anna.api.call(.DELETE, path + "/members/me").status == 204)
        }

        @Test func `two people find the same room with one another, and in slow mode wait`() async throws {
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let (annaID, benID) = (try await anna.id, try await ben.id)
            let first = try await anna.api.call(.PUT, "/v1/rooms/direct/\(benID)")
            let second = try await ben.api.call(.PUT, "/v1/rooms/direct/\(annaID)")
            #expect(first.status == 201 && second.status == 200)
            #expect(try first.decoded(as: RoomBody.self).id == second.decoded(as: RoomBody.self).id)
            let room = try await anna.createRoom()
            try await ben.join(room)
            let slow = try await anna.api.call(
                .PATCH, "/v1/rooms/\(room.id)", headers: [("Content-Type", "application/json"), ("If-Match", "*")],
                body: .bytes(ByteBuffer(string: #"{"slow_mode_seconds":600}"#)))
            #expect(slow.status == 200)
            try await ben.send("one", clientID: "1", to: room)
            let early = try await ben.api.call(
                .POST, "/v1/rooms/\(room.id)/messages", json: ["client_id": "2", "body": "two"])
            #expect(early.status == 429 && early.problemCode == "chat.slow-mode")
            #expect(
                early.headers.first(name: "Retry-After").flatMap { Int($0) }.map { (590...600).contains($0) } == true)
        }
    }
}
