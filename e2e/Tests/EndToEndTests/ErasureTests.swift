import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// Somebody leaves, and no service keeps anything of them.
    @Suite
    struct ErasureTests {
        private struct ErasureBody: Decodable, Sendable {
            struct Report: Decodable, Sendable {
                let service: String
                let removed: [String: Int]
            }

            let finishedAt: String?
            let reports: [Report]
        }

        private struct SaidBody: Decodable, Sendable {
            let seq: Int
            let senderId: String
            let body: String?
            let deletedAt: String?
        }

        private struct OwnedRoomBody: Decodable, Sendable {
            let ownerId: String
        }

        @Test(.timeLimit(.minutes(3)))
        func `an erased account is gone from all three services, though replicas are killed meanwhile`() async throws {
            let admin = try await Admin.signIn()
            let (leaving, staying) = (try await Person.signUp("leaving"), try await Person.signUp("staying"))
            let film = try await ResumableUpload.create(Film.short, by: leaving, visibility: "public").finish()
            let begun = try await ResumableUpload.create([4, 5, 6], by: leaving, visibility: "private")
            let room = try await leaving.createRoom()
            try await staying.join(room)
            for number in 0..<3 { try await leaving.send("my name is 花子", clientID: "gone-\(number)", to: room) }
            try await staying.send("and mine is 次郎", clientID: "here", to: room)
            #expect(try await staying.film(film) == Film.short)

            let asked = try await leaving.api.call(.DELETE, "/v1/me", json: ["password": Person.password])
            #expect(asked.status == 202)
            for part in [Platform.Part.video, .firstChat] { try await Platform.kill(part) }
            for part in [Platform.Part.video, .firstChat] { try await Platform.start(part) }

            let done = try await eventually("all services have reported", within: .seconds(120)) {
                () async throws -> ErasureBody? in
                let answer = try await admin.person.api.insist(
                    .GET, "/v1/admin/erasures?user_id=\(leaving.tokens.userId)")
                let found = try answer.decoded(as: PageBody<ErasureBody>.self).items.first
                return found?.finishedAt == nil ? nil : found
            }
            let removed = done.reports.reduce(into: [:]) { $0.merge($1.removed) { $0 + $1 } }
            #expect(removed["videos"] == 1 && removed["messages"] == 3 && removed["rooms_handed_over"] == 1)
            try await nothingIsLeft(of: leaving, film, begun, in: room, seenBy: staying)
        }

        private func nothingIsLeft(
            of gone: Person, _ film: String, _ begun: ResumableUpload, in room: RoomBody, seenBy other: Person
        ) async throws {
            #expect(try await gone.api.call(.GET, "/v1/me").status == 401)
            #expect(try await other.api.insist(.GET, "/v1/users/\(gone.tokens.userId)").status == 404)
            #expect(try await other.api.insist(.GET, "/v1/videos/\(film)").status == 404)
            #expect(try await other.videos(titled: "e2e").isEmpty)
            let upload = try await begun.person.api.call(.HEAD, begun.address, headers: [("Tus-Resumable", "1.0.0")])
            #expect(upload.status == 401)
            let history = try await other.api.insist(.GET, "/v1/rooms/\(room.id)/messages?limit=10")
            let said = try history.decoded(as: PageBody<SaidBody>.self).items.sorted { $0.seq < $1.seq }
            #expect(said.map(\.body) == [nil, nil, nil, "and mine is 次郎"], "tombstones keep their places")
            #expect(said.prefix(3).allSatisfy { $0.deletedAt != nil && $0.senderId == gone.tokens.userId })
            let owned = try await other.api.insist(.GET, "/v1/rooms/\(room.id)").decoded(as: OwnedRoomBody.self)
            #expect(owned.ownerId == other.tokens.userId)
        }
    }
}
