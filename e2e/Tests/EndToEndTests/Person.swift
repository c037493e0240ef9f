import Foundation
import NIOHTTP1
import Testing

struct TokensBody: Decodable, Sendable {
    let accessToken: String
    let refreshToken: String
    let userId: String
}

struct RoomBody: Decodable, Sendable {
    let id: String
    let lastSeq: Int
}

struct MessageBody: Decodable, Sendable {
    let seq: Int
    let clientId: String
    let body: String
}

struct PageBody<Item: Decodable & Sendable>: Decodable, Sendable {
    let items: [Item]
    let nextCursor: String?
}

/// Somebody who has signed up and in.
struct Person: Sendable {
    let api: API
    let tokens: TokensBody

    static func signUp(_ name: String) async throws -> Person {
        let email = "\(name)-\(UUID().uuidString.lowercased())@example.com"
        let password = "a long enough pass phrase"
        let open = API()
        let signedUp = try await open.call(
            .POST, "/v1/users", json: ["email": email, "password": password, "display_name": name])
        try #require(signedUp.status == 201)
        let signedIn = try await open.call(.POST, "/v1/sessions", json: ["email": email, "password": password])
        try #require(signedIn.status == 201)
        let tokens = try signedIn.decoded(as: TokensBody.self)
        return Person(api: API(token: tokens.accessToken), tokens: tokens)
    }

    func createRoom() async throws -> RoomBody {
        let answer = try await api.call(.POST, "/v1/rooms", json: ["name": "e2e \(UUID())", "kind": "public"])
        try #require(answer.status == 201)
        return try answer.decoded()
    }

    func join(_ room: RoomBody) async throws {
        let answer = try await api.call(.PUT, "/v1/rooms/\(room.id)/members/me")
        try #require((200...204).contains(answer.status))
    }

    /// Sends until the platform has acknowledged it; the client id makes the repeats harmless.
    func send(_ body: String, clientID: String, to room: RoomBody) async throws {
        try await Platform.eventually("\(body) is acknowledged") { () async throws -> Bool? in
            let answer = try await api.call(
                .POST, "/v1/rooms/\(room.id)/messages", json: ["client_id": clientID, "body": body])
            if answer.status == 503 { return nil }
            try #require(answer.status == 201 || answer.status == 200, "status \(answer.status)")
            return true
        }
    }

    /// The whole room, oldest first.
    func history(of room: RoomBody) async throws -> [MessageBody] {
        var messages: [MessageBody] = []
        while true {
            let answer = try await api.call(
                .GET, "/v1/rooms/\(room.id)/messages?after_seq=\(messages.last?.seq ?? 0)&limit=100")
            try #require(answer.status == 200)
            let page = try answer.decoded(as: PageBody<MessageBody>.self)
            if page.items.isEmpty { return messages }
            messages += page.items
        }
    }
}
