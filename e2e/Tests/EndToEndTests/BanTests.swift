import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// The promise of the platform: from the answer to an admin's ban until its last effect anywhere.
    @Suite
    struct BanTests {
        static let bans = 200

        @Test(.timeLimit(.minutes(10)))
        func `200 bans under load take effect on every replica of every service, in the order of milliseconds`()
            async throws
        {
            let admin = try await Admin.signIn()
            let film = try await ResumableUpload.create(Film.short, by: admin.person, visibility: "public").finish()
            let room = try await admin.person.createRoom()
            let others = try await Bystanders.start(in: room)
            var effects: [Effect] = []
            for number in 0..<Self.bans {
                let target = try await BanTarget.arrive(number, in: room, watching: film)
                effects.append(try await target.ban(by: admin))
            }
            let work = try await others.stop()
            print("ban to last effect, \(Self.bans) bans beside \(work) calls and messages: \(effects.figures)")
            #expect(work > Self.bans, "there was no load")
            #expect((effects.map(\.delay).max() ?? .zero) < .seconds(5))
        }

        @Test(.timeLimit(.minutes(3)))
        func `with Redis stopped a ban takes effect within the poll interval`() async throws {
            let admin = try await Admin.signIn()
            let film = try await ResumableUpload.create(Film.short, by: admin.person, visibility: "public").finish()
            let room = try await admin.person.createRoom()
            var targets: [BanTarget] = []
            for number in 0..<5 { targets.append(try await BanTarget.arrive(number, in: room, watching: film)) }
            try await Platform.kill(.redis)
            var effects: [Effect] = []
            do {
                for target in targets { effects.append(try await target.ban(by: admin)) }
            } catch {
                try await Platform.start(.redis)
                throw error
            }
            try await Platform.start(.redis)
            print("ban to last effect without Redis, \(targets.count) bans: \(effects.figures)")
            #expect((effects.map(\.delay).max() ?? .zero) < .seconds(20))
        }

        @Test func `a role taken away, an ended session and a ban's end are felt as quickly by one's own tokens`()
            async throws
        {
            let admin = try await Admin.signIn()
            let person = try await Person.signUp("moderator")
            try await admin.change(person, .PUT, "roles", #"{"roles":["user","moderator"]}"#)
            // The former token is void, the session is not.
            try await eventually("the token of before is void") {
                try await person.api.call(.GET, "/v1/me").status == 401 ? true : nil
            }
            let moderator = try await Person.refresh(person.tokens)
            let api = API(token: moderator.accessToken)
            #expect(try await api.call(.GET, "/v1/me").status == 200)

            try await admin.change(person, .PUT, "ban", #"{"reason":"tested"}"#)
            try await eventually("banned") {
                try await api.call(.GET, "/v1/videos").problemCode == "user.banned" ? true : nil
            }
            let refused = try await API().call(
                .POST, "/v1/sessions/refresh", json: ["refresh_token": moderator.refreshToken])
            #expect(refused.status == 403 && refused.problemCode == "user.banned")
            try await admin.change(person, .DELETE, "ban")
            // Nobody is signed out by it: the session goes on.
            let again = try await Person.refresh(moderator)
            #expect(try await API(token: again.accessToken).call(.GET, "/v1/videos").status == 200)
        }
    }
}
