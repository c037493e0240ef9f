import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    @Suite
    struct JourneyTests {
        @Test func `an upload cut twice is resumed, and another person watches the same bytes by ranges`() async throws
        {
            let author = try await Person.signUp("author")
            let viewer = try await Person.signUp("viewer")
            let film = Film.beginning((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

            let upload = try await ResumableUpload.create(film, by: author, visibility: "public")
            try await upload.sendAndBreak(after: 700_000)
            try await upload.sendAndBreak(after: 900_000)
            let videoID = try await upload.finish()

            let playback = try await viewer.api.call(.GET, "/v1/videos/\(videoID)/playback")
            try #require(playback.status == 200)
            let url = try playback.decoded(as: PlaybackBody.self).url
            var watched: [UInt8] = []
            for start in stride(from: 0, to: film.count, by: 1 << 20) {
                let end = min(start + 1 << 20, film.count) - 1
                let range = try await API().call(.GET, url, headers: [("Range", "bytes=\(start)-\(end)")])
                try #require(range.status == 206)
                #expect(range.headers.first(name: "Content-Range") == "bytes \(start)-\(end)/\(film.count)")
                watched += range.bytes
            }
            #expect(watched == film)
            let tail = try await API().call(.GET, url, headers: [("Range", "bytes=-100")])
            #expect(tail.status == 206 && tail.bytes == Array(film.suffix(100)))
            let beyond = try await API().call(.GET, url, headers: [("Range", "bytes=\(film.count)-")])
            #expect(beyond.status == 416)
        }

        @Test func `a private video does not exist for others`() async throws {
            let author = try await Person.signUp("author")
            let other = try await Person.signUp("other")
            let videoID = try await ResumableUpload.create(Film.short, by: author, visibility: "private").finish()
            #expect(try await author.api.call(.GET, "/v1/videos/\(videoID)").status == 200)
            let hidden = try await other.api.call(.GET, "/v1/videos/\(videoID)")
            #expect(hidden.status == 404 && hidden.problemCode == "video.not-found")
        }

        @Test func `two people talk over sockets on different replicas, and one comes back without a gap`() async throws
        {
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let room = try await anna.createRoom()
            try await ben.join(room)
            let first = try await ChatSocket(port: Platform.chatPorts[0], token: anna.tokens.accessToken)
            let second = try await ChatSocket(port: Platform.chatPorts[1], token: ben.tokens.accessToken)
            try await first.subscribe(to: room)
            try await second.subscribe(to: room)

            try await first.send("from anna", to: room)
            try await second.send("from ben", to: room)
            for socket in [first, second] {
                #expect(try await [socket.nextMessage().body, socket.nextMessage().body] == ["from anna", "from ben"])
            }

            await second.disconnect()
            for number in 3...7 { try await first.send("missed \(number)", to: room) }
            let again = try await ChatSocket(token: ben.tokens.accessToken)
            let subscribed = try await again.subscribe(to: room, after: 2)
            #expect(subscribed.lastSeq == 7)
            try await first.send("live", to: room)
            var seen: [Int?] = []
            for _ in 3...8 { seen.append(try await again.nextMessage().seq) }
            #expect(seen == [3, 4, 5, 6, 7, 8])
            await again.disconnect()
            await first.disconnect()
        }

        @Test func `fifty parallel refreshes of one token all give the same successor`() async throws {
            let person = try await Person.signUp("tabs")
            let successors = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let answer = try await API().call(
                            .POST, "/v1/sessions/refresh", json: ["refresh_token": person.tokens.refreshToken])
                        try #require(answer.status == 200)
                        return try answer.decoded(as: TokensBody.self).refreshToken
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
        }
    }
}
