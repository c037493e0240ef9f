import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Rows of every kind, written by one release, that no other may lose, double or refuse to read.
struct Belongings: Sendable {
    let email: String
    let person: Person
    let rooms: [String]
    let room: RoomBody
    let said: [String]
    let videos: [String]
    let films: [String: [UInt8]]
    let begun: ResumableUpload
    let stored: Int

    /// Everything is made by this one release.
    static func make(at release: Release) async throws -> Belongings {
        let email = "rollout-\(UUID().uuidString.lowercased())@example.com"
        let signedUp = try await API(base: release.user).call(
            .POST, "/v1/users", json: ["email": email, "password": Person.password, "display_name": "Rolling Over"])
        try #require(signedUp.status == 201)
        let person = try await signIn(email, at: release)
        for _ in 0..<2 { _ = try await signIn(email, at: release) }

        let author = person.at(release.chat)
        var rooms: [RoomBody] = []
        for _ in 0..<3 { rooms.append(try await author.createRoom()) }
        let said = (1...5).map { "said \($0)" }
        for text in said { try await author.send(text, clientID: UUID().uuidString, to: rooms[0]) }

        let uploader = person.at(release.video)
        var films: [String: [UInt8]] = [:]
        var videos: [String] = []
        for number in 1...3 {
            let film = Film.beginning((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* (2 * number + 1)) })
            let upload = try await ResumableUpload.create(film, by: uploader, visibility: "private")
            videos.append(try await upload.at(release).finish())
            films[videos[videos.count - 1]] = film
        }
        let long = (0..<90_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        let begun = try await ResumableUpload.create(long, by: uploader, visibility: "private").at(release)
        let part = try await begun.patch(from: 0, .bytes(ByteBuffer(bytes: long[..<30_000])))
        try #require(part.status == 204)
        return Belongings(
            email: email, person: person, rooms: rooms.map(\.id), room: rooms[0], said: said, videos: videos,
            films: films, begun: begun, stored: 30_000)
    }

    static func signIn(_ email: String, at release: Release) async throws -> Person {
        let answer = try await API(base: release.user).call(
            .POST, "/v1/sessions", json: ["email": email, "password": Person.password])
        try #require(answer.status == 201, "status \(answer.status)")
        let tokens = try answer.decoded(as: TokensBody.self)
        return Person(api: API(base: release.user, token: tokens.accessToken), tokens: tokens)
    }

    /// All of it is there, whole and once, by the word of this release.
    func check(at release: Release) async throws {
        // A token of minutes ago may have ended; and an old account must still be let in.
        let person = try await Belongings.signIn(email, at: release)
        #expect(person.tokens.userId == self.person.tokens.userId)
        #expect(try await person.api.call(.GET, "/v1/me").status == 200)

        let reader = person.at(release.chat)
        #expect(try await reader.history(of: room).map(\.body).starts(with: said))
        let found = try await identifiers(.chat, "/v1/rooms?member=me", turns: [release], as: person)
        #expect(Set(rooms).isSubset(of: found))

        let viewer = person.at(release.video)
        let listed = try await identifiers(
            .video, "/v1/videos?owner=\(person.tokens.userId)", turns: [release], as: person)
        #expect(Set(videos).isSubset(of: listed) && Set(listed).count == listed.count)
        for (video, film) in films {
            let link = try await viewer.link(to: video)
            #expect(try await API(base: release.video).call(.GET, Belongings.path(of: link)).bytes == film)
        }
        let again = ResumableUpload(person: viewer, bytes: begun.bytes, address: begun.address)
        #expect(try await again.offset() >= stored)
    }

    enum Service {
        case user, video, chat
    }

    /// A whole list, two entries a page, each page asked of the next release in turn with the cursor of the one before.
    func identifiers(
        _ service: Service, _ path: String, turns: [Release], as person: Person
    ) async throws -> [String] {
        var identifiers: [String] = []
        var cursor: String?
        var page = 0
        repeat {
            let release = turns[page % turns.count]
            let base = [Service.user: release.user, .video: release.video, .chat: release.chat][service] ?? ""
            let separator = path.contains("?") ? "&" : "?"
            let answer = try await person.at(base).api.call(
                .GET, path + separator + "limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
            try #require(answer.status == 200, "\(path) of \(release.name): \(answer.problemCode ?? "")")
            let items = try answer.decoded(as: PageBody<Entry>.self)
            identifiers += items.items.map(\.identifier)
            cursor = items.nextCursor
            page += 1
        } while cursor != nil
        return identifiers
    }

    private struct Entry: Decodable, Sendable {
        let id: String?
        let userId: String?

        var identifier: String { id ?? userId ?? "" }
    }

    /// Addresses name the gateway, which chooses a replica; these tests choose themselves.
    static func path(of address: String) -> String {
        guard let parts = URLComponents(string: address) else { return address }
        return parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }
}

extension ResumableUpload {
    /// The same upload, gone on with at this release.
    func at(_ release: Release) -> ResumableUpload {
        ResumableUpload(person: person.at(release.video), bytes: bytes, address: Belongings.path(of: address))
    }
}
