import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    @Suite
    struct OutageTests {
        @Test(
            .timeLimit(.minutes(3)),
            arguments: [Platform.Part.firstChat, .secondChat, .redis, .postgres, .user, .gateway])
        func `a conversation goes on when a part is killed in the middle: nothing missed, nothing doubled`(
            part: Platform.Part
        ) async throws {
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let room = try await anna.createRoom()
            try await ben.join(room)
            let count = 60
            // Two listeners, as the gateway spreads them over both replicas.
            async let heardByAnna = FaithfulListener(person: anna, room: room).hear(count)
            async let heardByBen = FaithfulListener(person: ben, room: room).hear(count)

            let clientIDs = (1...count).map { _ in UUID().uuidString }
            for number in 1...20 { try await anna.send("message \(number)", clientID: clientIDs[number - 1], to: room) }
            try await Platform.kill(part)
            async let started: Void = Platform.start(part)
            for number in 21...count {
                try await ben.send("message \(number)", clientID: clientIDs[number - 1], to: room)
            }
            try await started

            let expected = (1...count).map { "message \($0)" }
            #expect(try await heardByAnna == expected)
            #expect(try await heardByBen == expected)
            let history = try await eventually("history after the outage") { try await ben.history(of: room) }
            #expect(history.map(\.body) == expected)
            #expect(history.map(\.seq) == Array(1...count))
            #expect(history.map(\.clientId) == clientIDs)
        }

        @Test(
            .timeLimit(.minutes(3)),
            arguments: [Platform.Part.video, .secondVideo, .postgres, .redis, .user, .gateway])
        func `an upload goes on when a part is killed in the middle: every byte is there, once`(
            part: Platform.Part
        ) async throws {
            let author = try await Person.signUp("author")
            let film = Film.beginning((0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 9) })
            let upload = try await ResumableUpload.create(film, by: author, visibility: "private")
            async let finished = upload.insist(piece: 150_000)
            try await eventually("a third is stored") { try await upload.offset() > 2_000_000 ? true : nil }
            try await Platform.kill(part)
            try await Platform.start(part)
            let video = try await finished
            #expect(try await author.film(video) == film)
        }

        @Test(.timeLimit(.minutes(3)))
        func `nobody is signed out, and no account is made twice, when user-service is killed over and over`()
            async throws
        {
            let person = try await Person.signUp("patient")
            let key = UUID().uuidString
            let newcomer = [
                "email": "new-\(key)@example.com", "password": "a long enough pass phrase", "display_name": "new",
            ]
            async let refreshed = person.refreshing(times: 40)
            async let accounts = withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let answer = try await API().insist(
                            .POST, "/v1/users", json: newcomer, headers: [("Idempotency-Key", key)])
                        try #require(answer.status == 201, "status \(answer.status)")
                        return try answer.decoded(as: UserBody.self).id
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            for _ in 0..<4 {
                try await Platform.kill(.user)
                try await Platform.start(.user)
            }
            #expect(try await accounts.count == 1)
            let last = try await refreshed
            #expect(try await API(token: last.accessToken).call(.GET, "/v1/me").status == 200)
        }

        @Test func `with PostgreSQL away callers get a problem, and service returns with it`() async throws {
            let person = try await Person.signUp("patient")
            try await Platform.kill(.postgres)
            let away = try await person.api.call(.GET, "/v1/me")
            #expect(away.status == 503 && away.problemCode != nil)
            #expect(away.headers.first(name: "Retry-After") != nil)
            try await Platform.start(.postgres)
            try await eventually("the profile is back") {
                try await person.api.call(.GET, "/v1/me").status == 200 ? true : nil
            }
        }
    }
}
