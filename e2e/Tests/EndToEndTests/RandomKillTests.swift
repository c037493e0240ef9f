import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    /// Life goes on for `CHAOS_SECONDS` (20; `make chaos` takes 120) while parts are killed at random; `CHAOS_SEED` repeats a run.
    @Suite
    struct RandomKillTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let seconds = Int(environment["CHAOS_SECONDS"] ?? "") ?? 20
        private static let seed = UInt64(environment["CHAOS_SEED"] ?? "") ?? .random(in: 0...UInt64.max)

        private let end = ContinuousClock().now + .seconds(RandomKillTests.seconds)

        @Test(.timeLimit(.minutes(10)))
        func `whatever is killed, all that was acknowledged is there once: messages, films, rooms, accounts, sessions`()
            async throws
        {
            print("CHAOS_SEED=\(RandomKillTests.seed)")
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let room = try await anna.createRoom()
            try await ben.join(room)

            let rage = Task { [end] () async throws -> [Platform.Part] in
                var kills = RandomKills(seed: RandomKillTests.seed)
                return try await kills.rage { ContinuousClock().now >= end }
            }
            async let annaSaid = talk(anna, in: room)
            async let benSaid = talk(ben, in: room)
            async let films = uploadFilms(anna)
            async let rooms = foundRooms(ben)
            async let session = keepRefreshing(ben)
            async let accounts = signUpNewcomers()

            let said = try await annaSaid + benSaid
            let heard = try await FaithfulListener(person: anna, room: room).hear(said.count)
            #expect(heard.sorted() == said.sorted())
            #expect(try await ben.history(of: room).map(\.body) == heard)
            for (title, film) in try await films {
                let found = try await anna.videos(titled: title)
                #expect(found.count == 1)
                for video in found { #expect(try await anna.film(video) == film) }
            }
            let founded = try await rooms
            #expect(try await ben.rooms(named: "chaos").sorted() == founded.sorted())
            #expect(try await API(token: session.accessToken).insist(.GET, "/v1/me").status == 200)
            for account in try await accounts {
                let signedIn = try await API().insist(.POST, "/v1/sessions", json: account)
                #expect(signedIn.status == 201)
            }
            print("killed: \(try await rage.value.map(\.rawValue).joined(separator: " ")); \(said.count) messages")
        }

        private var isOver: Bool { ContinuousClock().now >= end }

        /// What was said, in the order of one speaker.
        private func talk(_ person: Person, in room: RoomBody) async throws -> [String] {
            var said: [String] = []
            while !isOver {
                said.append("\(person.tokens.userId) says \(said.count)")
                try await person.send(said[said.count - 1], clientID: UUID().uuidString, to: room)
            }
            return said
        }

        private func uploadFilms(_ person: Person) async throws -> [(title: String, film: [UInt8])] {
            var films: [(title: String, film: [UInt8])] = []
            while !isOver {
                let title = "film \(films.count) \(UUID().uuidString.prefix(8))"
                let film = Film.beginning(
                    (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* (2 * films.count + 1) &+ $0 >> 8) })
                let upload = try await ResumableUpload.create(film, by: person, visibility: "private", title: title)
                _ = try await upload.insist(piece: 130_000)
                films.append((title, film))
            }
            return films
        }

        private func foundRooms(_ person: Person) async throws -> [String] {
            var rooms: [String] = []
            while !isOver {
                let answer = try await person.api.insist(
                    .POST, "/v1/rooms", json: ["name": "chaos", "kind": "private"],
                    headers: [("Idempotency-Key", UUID().uuidString)])
                try #require(answer.status == 201, "status \(answer.status)")
                rooms.append(try answer.decoded(as: RoomBody.self).id)
            }
            return rooms
        }

        private func keepRefreshing(_ person: Person) async throws -> TokensBody {
            var tokens = person.tokens
            while !isOver { tokens = try await Person.refresh(tokens) }
            return tokens
        }

        private func signUpNewcomers() async throws -> [[String: String]] {
            var accounts: [[String: String]] = []
            while !isOver {
                let key = UUID().uuidString
                let account = ["email": "chaos-\(key)@example.com", "password": "a long enough pass phrase"]
                let answer = try await API().insist(
                    .POST, "/v1/users", json: account.merging(["display_name": "new"]) { $1 },
                    headers: [("Idempotency-Key", key)])
                try #require(answer.status == 201, "status \(answer.status) \(answer.problemCode ?? "")")
                accounts.append(account)
            }
            return accounts
        }
    }
}
