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
                let progress: Double
                let reason: String?
            }

            let state: String
            let durationMs: Int?
            let width: Int?
            let height: Int?
            let posterUrl: String?
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

        /// The files of the embedded store that were made of a video, behind its name.
        private func kept(of video: String) throws -> [String] {
            let place = Platform.state.appending(path: "objects/objects/renditions/\(video)")
            guard let all = FileManager.default.enumerator(atPath: place.path) else { return [] }
            return all.compactMap { $0 as? String }.filter { $0.contains(".") }.sorted()
        }

        private func body(_ video: String, _ person: Person) async throws -> ProcessedBody {
            try await person.api.insist(.GET, "/v1/videos/\(video)").decoded(as: ProcessedBody.self)
        }

        @Test(.timeLimit(.minutes(5)))
        func `a worker that is killed again and again, at whatever it was, leaves one whole of everything`()
            async throws
        {
            let person = try await Person.signUp("owner")
            let bytes = try MadeFilm.bytes(seconds: 40, size: "1280x720")
            let film = try await ResumableUpload.create(bytes, by: person, visibility: "private").finish()
            for (moment, isThere) in [
                ("it begins", { (body: ProcessedBody) in body.processing?.state == "running" }),
                ("its poster is shown", { $0.processing?.state == "running" && $0.posterUrl != nil }),
                ("it is in the middle", { $0.processing?.state == "running" && $0.processing?.progress ?? 0 > 0.3 }),
            ] as [(String, (ProcessedBody) -> Bool)] {
                try await eventually(moment, within: .seconds(60)) {
                    isThere(try await body(film, person)) ? true : nil
                }
                try await Platform.kill(.videoWork)
                try await Platform.start(.videoWork)
            }
            #expect(try await processed(film, by: person).processing?.state == "done")
            // Pictures that were shown are kept for as long as somebody has an address of them.
            let renditions = try kept(of: film).filter { $0.hasSuffix(".m3u8") || $0.hasSuffix(".mp4") }
            #expect(Set(renditions.map { $0.prefix { $0 != "/" } }) == ["4"], "of the last one alone: \(renditions)")
            #expect(renditions.count == 11, "four sizes, a sound, and the list of all")
            let left = try FileManager.default.contentsOfDirectory(
                atPath: Platform.state.appending(path: "processing").path)
            #expect(left.count == 2, "its own directory and lock, and nobody else's: \(left)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a film that goes while it is processed leaves nothing behind`() async throws {
            let person = try await Person.signUp("owner")
            let bytes = try MadeFilm.bytes(seconds: 40, size: "1280x720")
            let gone = try await ResumableUpload.create(bytes, by: person, visibility: "public").finish()
            try await eventually("its poster is shown", within: .seconds(60)) {
                try await body(gone, person).posterUrl.map { _ in true }
            }
            #expect(try kept(of: gone) != [])
            let version = try #require(
                try await person.api.insist(.GET, "/v1/videos/\(gone)").headers.first(name: "ETag"))
            let removed = try await person.api.call(.DELETE, "/v1/videos/\(gone)", headers: [("If-Match", version)])
            #expect(removed.status == 204)
            // The worker has others to do at once, and leaves nothing behind; once more when its time would have been over.
            let next = try await ResumableUpload.create(try MadeFilm.bytes(), by: person, visibility: "private")
                .finish()
            #expect(try await processed(next, by: person).processing?.state == "done")
            try await eventually("nothing is left of it", within: .seconds(100)) {
                try kept(of: gone) == [] ? true : nil
            }
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
