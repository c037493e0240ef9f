import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    /// A film of `FILM_BYTES` (192 MiB) whose client is killed `CLIENT_KILLS` (6) times, over two replicas; `make upload-chaos`
    /// takes 1 GiB and 20.
    @Suite
    struct KilledClientTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let size = Int(environment["FILM_BYTES"] ?? "") ?? 192 << 20
        private static let kills = Int(environment["CLIENT_KILLS"] ?? "") ?? 6

        @Test(.timeLimit(.minutes(10)), arguments: UploadingProcess.Language.allCases)
        func `a film whose client is killed over and over is whole, and next to nothing of it was sent twice`(
            language: UploadingProcess.Language
        ) async throws {
            let film = try FilmFile.make(size: Self.size)
            let sent = try SentBytes()
            defer { for url in [film.url, sent.url] { try? FileManager.default.removeItem(at: url) } }
            let person = try await Person.signUp("killed")
            let address = try await begin(film, by: person, in: language)
            let client = {
                try UploadingProcess(film, to: address, in: language, token: person.tokens.accessToken, counting: sent)
            }

            var killed = 0
            for left in (1...Self.kills).reversed() {
                let running = try client()
                let already = try sent.count
                let moment = already + .random(in: 0...max(film.size - already, 0) / (left + 1))
                // It is quick: who asks less and less often would be late.
                while running.isRunning, try sent.count < moment { try await Task.sleep(for: .milliseconds(1)) }
                killed += running.isRunning ? 1 : 0
                await running.kill()
            }
            let video = try await client().video()

            #expect(killed == Self.kills)
            #expect(try await person.digest(of: video) == film.digest)
            let again = try sent.count - film.size
            print("\(language): \(killed) kills, \(again) of \(film.size) bytes sent again")
            // What was on its way at each kill, less than 1 MiB of it.
            #expect(again < killed << 20)
        }

        private func begin(
            _ film: FilmFile, by person: Person, in language: UploadingProcess.Language
        ) async throws -> String {
            let fields =
                switch language {
                case .tus: [("Tus-Resumable", "1.0.0"), ("Upload-Length", "\(film.size)")]
                case .draft: [("Upload-Complete", "?0"), ("Content-Type", "video/mp4")]
                }
            let created = try await person.api.insist(
                .POST, "/v1/uploads", headers: fields + [("Idempotency-Key", UUID().uuidString)])
            try #require(created.status == 201)
            let location = try #require(created.headers.first(name: "Location"))
            return location.hasPrefix("http") ? location : Platform.gateway + location
        }
    }
}
