import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// A replica of chat and one of video whose clocks are off by five minutes.
    @Suite
    struct WrongClockTests {
        @Test(.timeLimit(.minutes(5)), arguments: ["+300s", "-300s"])
        func `nobody is sent to replicas whose clock is off, and bans take effect there all the same`(
            offset: String
        ) async throws {
            let admin = try await Admin.signIn()
            let film = try await ResumableUpload.create(Film.short, by: admin.person, visibility: "public").finish()
            let room = try await admin.person.createRoom()
            do {
                for part in [Platform.Part.secondChat, .secondVideo] {
                    try await Platform.start(part, clockOffset: offset)
                }
                for port in [Platform.chatPorts[1], Platform.videoPorts[1]] { try await isLeftAlone(port, offset) }
                try await livesOn(in: room, watching: film)
                // A clock that is behind takes no fresh token: nobody can be there to be banned.
                if offset.hasPrefix("+") { try await bans(by: admin, in: room, watching: film) }
            } catch {
                try await settleClocks()
                throw error
            }
            try await settleClocks()
        }

        private func settleClocks() async throws {
            for part in [Platform.Part.secondChat, .secondVideo] { try await Platform.start(part) }
        }

        /// It says that its clock is off, and by how much.
        private func isLeftAlone(_ port: Int, _ offset: String) async throws {
            let operations = API(base: "http://127.0.0.1:\(port + 1_000)")
            try await until("\(port) says that its clock is off") {
                let answer = try await operations.call(.GET, "/readyz")
                return answer.status == 503 && String(decoding: answer.bytes, as: UTF8.self).contains("clock")
            }
            let metrics = String(decoding: try await operations.call(.GET, "/metrics").bytes, as: UTF8.self)
            let line = try #require(metrics.split(separator: "\n").first { $0.hasPrefix("clock_offset_seconds") })
            let seconds = try #require(line.split(separator: " ").last.flatMap { Double($0) })
            #expect(abs(seconds - (offset.hasPrefix("+") ? 300 : -300)) < 30)
        }

        /// Through the gateway nothing is to be seen of it, once that has looked.
        private func livesOn(in room: RoomBody, watching film: String) async throws {
            let person = try await Person.signUp("unaware")
            try await until("the gateway has left them") {
                for _ in 0..<20 {
                    for path in ["/v1/rooms", "/v1/videos/\(film)/playback"] {
                        guard try await person.api.call(.GET, path).status == 200 else { return false }
                    }
                }
                return true
            }
            try await person.join(room)
            for number in 0..<20 {
                #expect(try await person.api.call(.GET, "/v1/rooms/\(room.id)").status == 200)
                #expect(try await person.film(film) == Film.short)
                try await person.send("on time", clientID: "clock-\(number)-\(UUID())", to: room)
            }
        }

        private func bans(by admin: Admin, in room: RoomBody, watching film: String) async throws {
            var effects: [Effect] = []
            for number in 0..<10 {
                let target = try await BanTarget.arrive(number, in: room, watching: film)
                effects.append(try await target.ban(by: admin))
            }
            print("ban to last effect with clocks off by five minutes, \(effects.count) bans: \(effects.figures)")
            #expect((effects.map(\.delay).max() ?? .zero) < .seconds(5))
        }
    }
}
