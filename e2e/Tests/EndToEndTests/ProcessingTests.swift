import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// What is made of a film once it is here, whoever dies on the way.
    @Suite
    struct ProcessingTests {
        struct ProcessedBody: Decodable, Sendable {
            struct Processing: Decodable, Sendable {
                let state: String
                let reason: String?
            }

            let state: String
            let durationMs: Int?
            let width: Int?
            let height: Int?
            let processing: Processing?
        }

        struct RenditionsBody: Decodable, Sendable {
            let hlsUrl: String?
        }

        private func processed(_ video: String, by person: Person) async throws -> ProcessedBody {
            try await eventually("it is worked off", within: .seconds(60)) {
                let body = try await person.api.insist(.GET, "/v1/videos/\(video)").decoded(as: ProcessedBody.self)
                return ["queued", "running"].contains(body.processing?.state ?? "queued") ? nil : body
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a film tells how long and how large it is, and what is none says why and plays all the same`()
            async throws
        {
            let person = try await Person.signUp("owner")
            let bytes = try MadeFilm.bytes()
            let film = try await ResumableUpload.create(bytes, by: person, visibility: "private").finish()
            let broken = Film.beginning([UInt8](repeating: 7, count: 1 << 20))
            let none = try await ResumableUpload.create(broken, by: person, visibility: "private").finish()
            let made = try await processed(film, by: person)
            #expect(made.processing?.state == "done" && made.width == 160 && made.height == 120)
            #expect((1_900...2_200).contains(made.durationMs ?? 0))
            let skipped = try await processed(none, by: person)
            #expect(skipped.state == "ready" && skipped.processing?.state == "skipped")
            #expect(skipped.processing?.reason == "unreadable")
            #expect(try await person.film(none) == broken)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a worker that is killed, and one that was away, leave nothing undone`() async throws {
            let person = try await Person.signUp("owner")
            let bytes = try MadeFilm.bytes()
            try await Platform.kill(.videoWork)
            var films: [String] = []
            for _ in 0..<3 {
                films.append(try await ResumableUpload.create(bytes, by: person, visibility: "private").finish())
            }
            try await Platform.start(.videoWork)
            try await Platform.kill(.videoWork)
            try await Platform.start(.videoWork)
            for film in films { #expect(try await processed(film, by: person).processing?.state == "done") }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a player plays every rendition whole, and none once its viewer is banned`() async throws {
            let (owner, viewer) = (try await Person.signUp("owner"), try await Person.signUp("viewer"))
            let bytes = try MadeFilm.bytes(seconds: 9, size: "640x480")
            let film = try await ResumableUpload.create(bytes, by: owner, visibility: "unlisted").finish()
            #expect(try await processed(film, by: owner).processing?.state == "done")
            let playback = try await viewer.api.insist(.GET, "/v1/videos/\(film)/playback")
            let address = try #require(try playback.decoded(as: RenditionsBody.self).hlsUrl)
            for track in ["0:v:0", "0:v:1", "0:v:2", "0:a:0"] {
                #expect(try MadeFilm.complaints(playing: address, track) == "", "\(track)")
            }
            let segments = address.replacing("master.m3u8", with: "480p.mp4")
            let banned = try await Admin.signIn().change(viewer, .PUT, "ban", #"{"reason":"e2e"}"#)
            try await eventually("nothing is to be had any more") {
                try await API().call(.GET, segments).status == 403 ? true : nil
            }
            #expect(ContinuousClock.now - banned < .seconds(2))
        }
    }
}
