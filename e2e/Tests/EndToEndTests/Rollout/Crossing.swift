import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What is begun at one release and gone on with at the other, as a gateway does that knows no difference.
struct Crossing: Sendable {
    let from: Release
    let to: Release

    func go(with belongings: Belongings) async throws {
        try await lists(of: belongings)
        try await repeats(of: belongings)
        try await changes(of: belongings)
        try await upload(of: belongings)
        try await conversation(of: belongings)
        // Last: it ends the session that the others use, and with it its tokens.
        try await sessions(of: belongings)
    }

    private func sessions(of belongings: Belongings) async throws {
        let person = try await Belongings.signIn(belongings.email, at: from)
        var tokens = person.tokens
        for release in [to, from, to, from] {
            tokens = try await Person.refresh(tokens, at: release.user)
            for base in [from.user, to.user] {
                #expect(try await API(base: base, token: tokens.accessToken).call(.GET, "/v1/me").status == 200)
            }
            for base in [from.chat, to.chat] {
                #expect(try await API(base: base, token: tokens.accessToken).call(.GET, "/v1/rooms").status == 200)
            }
            for base in [from.video, to.video] {
                #expect(try await API(base: base, token: tokens.accessToken).call(.GET, "/v1/videos").status == 200)
            }
        }
        let elsewhere = try await Belongings.signIn(belongings.email, at: to)
        #expect(try await elsewhere.api.call(.DELETE, "/v1/sessions").status == 204)  // all but this one
        let refused = try await API(base: from.user).call(
            .POST, "/v1/sessions/refresh", json: ["refresh_token": tokens.refreshToken])
        #expect(refused.status == 401)
    }

    private func lists(of belongings: Belongings) async throws {
        let person = try await Belongings.signIn(belongings.email, at: from)
        let room = belongings.room.id
        let lists: [(Belongings.Service, String)] = [
            (.user, "/v1/sessions"), (.chat, "/v1/rooms?member=me"), (.chat, "/v1/rooms/\(room)/messages"),
            (.video, "/v1/videos?owner=\(person.tokens.userId)"), (.video, "/v1/uploads"),
        ]
        for (service, path) in lists {
            let whole = try await belongings.identifiers(service, path, turns: [from], as: person)
            for turns in [[to], [from, to], [to, from]] {
                #expect(try await belongings.identifiers(service, path, turns: turns, as: person) == whole, "\(path)")
            }
        }
    }

    /// A call that was answered by one release, and whose answer was lost, is repeated at the other.
    private func repeats(of belongings: Belongings) async throws {
        let key = [("Idempotency-Key", UUID().uuidString)]
        let account = [
            "email": "repeat-\(UUID().uuidString.lowercased())@example.com", "password": Person.password,
            "display_name": "Repeated",
        ]
        let signedUp = try await API(base: from.user).call(.POST, "/v1/users", json: account, headers: key)
        let again = try await API(base: to.user).call(.POST, "/v1/users", json: account, headers: key)
        #expect(signedUp.status == 201 && again.status == 201, "\(again.problemCode ?? "")")
        #expect(try again.decoded(as: UserBody.self).id == signedUp.decoded(as: UserBody.self).id)

        let room = ["name": "repeated", "kind": "private"]
        let person = belongings.person
        let opened = try await person.at(from.chat).api.call(.POST, "/v1/rooms", json: room, headers: key)
        let reopened = try await person.at(to.chat).api.call(.POST, "/v1/rooms", json: room, headers: key)
        #expect(opened.status == 201 && reopened.status == 201, "\(reopened.problemCode ?? "")")
        #expect(try reopened.decoded(as: RoomBody.self).id == opened.decoded(as: RoomBody.self).id)

        let message = ["client_id": UUID().uuidString, "body": "repeated"]
        let path = "/v1/rooms/\(belongings.room.id)/messages"
        let sent = try await person.at(from.chat).api.call(.POST, path, json: message)
        let resent = try await person.at(to.chat).api.call(.POST, path, json: message)
        #expect(sent.status == 201 && (200...201).contains(resent.status))
        #expect(try resent.decoded(as: MessageBody.self).seq == sent.decoded(as: MessageBody.self).seq)
    }

    /// What one release has read, the other may change: the version it was read at is the same in both.
    private func changes(of belongings: Belongings) async throws {
        let person = try await Belongings.signIn(belongings.email, at: from)
        try await change("/v1/me", ["display_name": "Changed"], from: from.user, to: to.user, by: person)
        try await change(
            "/v1/rooms/\(belongings.room.id)", ["name": "changed"], from: from.chat, to: to.chat, by: person)
        try await change(
            "/v1/videos/\(belongings.videos[0])", ["title": "changed"], from: from.video, to: to.video, by: person)
    }

    private func change(
        _ path: String, _ fields: [String: String], from: String, to: String, by person: Person
    ) async throws {
        let read = try await person.at(from).api.call(.GET, path)
        let tag = try #require(read.headers.first(name: "ETag"), "\(path): \(read.status)")
        let changed = try await person.at(to).api.call(.PATCH, path, json: fields, headers: [("If-Match", tag)])
        #expect(changed.status == 200, "\(path): \(changed.problemCode ?? "")")
        let late = try await person.at(from).api.call(.PATCH, path, json: fields, headers: [("If-Match", tag)])
        #expect(late.status == 412, "\(path): \(late.status)")
        let bytes = try await person.at(from).api.call(.GET, path).bytes
        for value in fields.values { #expect(String(decoding: bytes, as: UTF8.self).contains(value), "\(path)") }
    }

    /// Begun at one, gone on with at the other, finished at the first, watched at both.
    private func upload(of belongings: Belongings) async throws {
        let bytes = belongings.begun.bytes
        let stored = belongings.stored
        let further = try await belongings.begun.at(to).patch(
            from: stored, .bytes(ByteBuffer(bytes: bytes[stored..<stored + 30_000])))
        #expect(further.status == 204)
        let video = try await belongings.begun.at(from).finish()
        for release in [from, to] {
            let link = try await belongings.person.at(release.video).link(to: video)
            for other in [from, to] {
                let watched = try await API(base: other.video).call(.GET, Belongings.path(of: link))
                #expect(watched.bytes == bytes)
            }
        }
    }

    /// Two people on sockets of the two releases hear each other, and one comes back at the other's without a gap.
    private func conversation(of belongings: Belongings) async throws {
        let token = belongings.person.tokens.accessToken
        let room = try await belongings.person.at(from.chat).createRoom()
        let first = try await ChatSocket(port: from.chatPort, token: token)
        let second = try await ChatSocket(port: to.chatPort, token: token)
        for socket in [first, second] { try await socket.subscribe(to: room) }
        try await first.send("one", to: room)
        try await second.send("two", to: room)
        for socket in [first, second] {
            #expect(try await [socket.nextMessage().body, socket.nextMessage().body] == ["one", "two"])
        }
        await first.disconnect()
        try await second.send("three", to: room)
        let back = try await ChatSocket(port: to.chatPort, token: token)
        try await back.subscribe(to: room, after: 2)
        #expect(try await back.nextMessage().body == "three")
        for socket in [second, back] { await socket.disconnect() }
    }
}
