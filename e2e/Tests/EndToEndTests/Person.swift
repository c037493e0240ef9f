import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

struct TokensBody: Decodable, Sendable {
    let accessToken: String
    let refreshToken: String
    let userId: String
}

struct UserBody: Decodable, Sendable {
    let id: String
}

struct PlaybackBody: Decodable, Sendable {
    let url: String
}

struct RoomBody: Decodable, Sendable {
    let id: String
    let lastSeq: Int
}

struct NamedRoomBody: Decodable, Sendable {
    let id: String
    let name: String
}

struct VideoBody: Decodable, Sendable {
    let id: String
    let title: String
    let state: String
    let size: Int
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

    static let password = "a long enough pass phrase"

    /// The same person at one replica, past the gateway.
    func at(_ base: String) -> Person { Person(api: API(base: base, token: tokens.accessToken), tokens: tokens) }

    static func signUp(_ name: String) async throws -> Person {
        let key = UUID().uuidString.lowercased()
        let email = "\(name)-\(key)@example.com"
        let open = API()
        let signedUp = try await open.insist(
            .POST, "/v1/users", json: ["email": email, "password": password, "display_name": name],
            headers: [("Idempotency-Key", key)])
        try #require(signedUp.status == 201)
        let signedIn = try await open.insist(.POST, "/v1/sessions", json: ["email": email, "password": password])
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
        try await eventually("\(body) is acknowledged") { () async throws -> Bool? in
            let answer = try await api.call(
                .POST, "/v1/rooms/\(room.id)/messages", json: ["client_id": clientID, "body": body])
            if answer.status == 503 { return nil }
            try #require(answer.status == 201 || answer.status == 200, "status \(answer.status)")
            return true
        }
    }

    /// Refreshes again and again, each time with the newest token; a reply that was lost is asked for again.
    func refreshing(times: Int) async throws -> TokensBody {
        var newest = tokens
        for _ in 0..<times { newest = try await Person.refresh(newest) }
        return newest
    }

    static func refresh(_ tokens: TokensBody, at base: String = Platform.gateway) async throws -> TokensBody {
        let answer = try await API(base: base).insist(
            .POST, "/v1/sessions/refresh", json: ["refresh_token": tokens.refreshToken])
        try #require(answer.status == 200, "signed out with \(answer.status)")
        return try answer.decoded()
    }

    /// The bytes of a video, as a player gets them.
    func film(_ videoID: String) async throws -> [UInt8] {
        try await API().insist(.GET, link(to: videoID)).bytes
    }

    /// The SHA-256 of a video's bytes, as a player gets them: of those that are too many to hold.
    func digest(of videoID: String) async throws -> SHA256Digest {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: link(to: videoID)), timeout: .seconds(300))
        try #require(response.status == .ok)
        var hash = SHA256()
        for try await buffer in response.body { hash.update(data: buffer.readableBytesView) }
        return hash.finalize()
    }

    /// Where a player finds a video.
    func link(to videoID: String) async throws -> String {
        let playback = try await api.insist(.GET, "/v1/videos/\(videoID)/playback")
        try #require(playback.status == 200)
        return try playback.decoded(as: PlaybackBody.self).url
    }

    /// The ids of own videos with this title.
    func videos(titled title: String) async throws -> [String] {
        try await videos().filter { $0.title == title }.map(\.id)
    }

    /// All of one's own.
    func videos() async throws -> [VideoBody] {
        try await all("/v1/videos?owner=\(tokens.userId)", as: VideoBody.self)
    }

    /// The ids of rooms one is a member of with this name.
    func rooms(named name: String) async throws -> [String] {
        try await all("/v1/rooms?member=me", as: NamedRoomBody.self).filter { $0.name == name }.map(\.id)
    }

    /// Every page of a list.
    private func all<Item: Decodable & Sendable>(_ path: String, as type: Item.Type) async throws -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let answer = try await api.insist(.GET, path + "&limit=100" + (cursor.map { "&cursor=\($0)" } ?? ""))
            try #require(answer.status == 200)
            let page = try answer.decoded(as: PageBody<Item>.self)
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return items
    }

    /// The whole room, or what followed a message, oldest first.
    func history(of room: RoomBody, after seq: Int = 0) async throws -> [MessageBody] {
        var messages: [MessageBody] = []
        while true {
            let answer = try await api.insist(
                .GET, "/v1/rooms/\(room.id)/messages?after_seq=\(messages.last?.seq ?? seq)&limit=100")
            try #require(answer.status == 200)
            let page = try answer.decoded(as: PageBody<MessageBody>.self)
            if page.items.isEmpty { return messages }
            messages += page.items
        }
    }
}
