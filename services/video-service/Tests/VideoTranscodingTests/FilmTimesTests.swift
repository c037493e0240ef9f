import ConfinedProcesses
import Foundation
import Testing
import VideoDomain
import VideoTranscoding

@Suite("Pictures and sound of renditions", .serialized)
struct FilmTimesTests {
    let films: TestFilm
    let studio: FFmpegStudio
    let places: DirectoryWorkplaces

    init() async throws {
        films = try TestFilm()
        studio = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 2 << 30, threads: 1))
        places = try DirectoryWorkplaces(below: films.directory.appending(path: "work"))
    }

    /// A flash at the fourth second and a tone from then on, whenever either track begins.
    private func flash(
        _ name: String, rate: Int = 25, pictures: Double = 0, sound: Double = 0, coded: String
    ) throws -> String {
        try films.make(
            name, pictures > 0 ? "-itsoffset \(pictures)" : "",
            "-f lavfi -i color=black:size=160x120:rate=\(rate):duration=\(8 - pictures)",
            sound > 0 ? "-itsoffset \(sound)" : "", "-f lavfi -i sine=frequency=440:duration=\(8 - sound)",
            "-map 0 -map 1 -vf geq=lum='235*gte(T\\,4)':cb=128:cr=128 -af volume=volume='gte(t\\,4)':eval=frame", coded)
    }

    /// When they become visible and audible, in each rung and track.
    private func moments(_ path: String) async throws -> (flashes: [Double], tones: [Double], made: Ladder) {
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
        return try await places.withWorkplace { place in
            let playlist = try await studio.renditions(ladder, of: film, in: file, to: place) { _ in }
            let flashes = try playlist.variants.map { variant in
                let said = try TestFilm.complaints(
                    ["-i", place.file(variant.playlist).path, "-vf", "blackdetect=d=0.1", "-f", "null", "-"],
                    level: "info")
                return said.firstMatch(of: /black_end:([0-9.]+)/).flatMap { Double($0.1) } ?? -1
            }
            let tones = try playlist.sounds.map { sound in
                let said = try TestFilm.complaints(
                    ["-i", place.file(sound.playlist).path, "-af", "silencedetect=n=-40dB:d=0.2", "-f", "null", "-"],
                    level: "info")
                return said.firstMatch(of: /silence_end: ([0-9.]+)/).flatMap { Double($0.1) } ?? -1
            }
            for name in (playlist.variants.map(\.playlist) + playlist.sounds.map(\.playlist)) {
                let edits = try EditList(ofFile: place.file(name.replacing(".m3u8", with: ".mp4")).path)
                #expect(edits.mediaTimes.count == 1 && edits.mediaTimes[0] >= 0, "\(name): \(edits)")
                let end = try #require(
                    MediaPlaylist(try String(contentsOfFile: place.file(name).path, encoding: .utf8)))
                #expect(abs(end.seconds - 8) < 0.3, "\(name) lasts as long as the film: \(end.seconds)")
            }
            return (flashes, tones, ladder)
        }
    }

    @Test func `keep together, whichever of them begins later, however few pictures there are`() async throws {
        for (name, path) in [
            ("both at once", try flash("even.mkv", coded: "-c:v ffv1 -c:a flac")),
            ("sound later", try flash("sound.mkv", sound: 1.5, coded: "-c:v ffv1 -c:a flac")),
            ("sound later, in MP4", try flash("sound.mp4", sound: 1.5, coded: TestFilm.coded + " -c:a aac")),
            ("pictures later", try flash("pictures.mkv", pictures: 1.52, coded: "-c:v ffv1 -c:a flac")),
            (
                "pictures later, that fit",
                try flash("pictures.mp4", pictures: 1.52, coded: TestFilm.coded + " -g 25 -c:a aac")
            ),
            ("few pictures", try flash("few.mkv", rate: 2, coded: "-c:v ffv1 -c:a flac")),
            ("pictures before their turn", try flash("turn.mp4", coded: "-c:v libx264 -bf 3 -g 50 -c:a aac")),
        ] {
            let (flashes, tones, _) = try await moments(path)
            for moment in flashes + tones { #expect(abs(moment - 4) < 0.06, "\(name): \(flashes) \(tones)") }
        }
    }

    @Test func `are there from the first moment to the last, though the sound ends before`() async throws {
        let path = try films.make(
            "short.mp4", TestFilm.pictures("160x120", seconds: 8), TestFilm.tone(3), "-map 0 -map 1", TestFilm.coded,
            "-c:a aac")
        #expect(try await studio.film(in: FilmFile(path: path)).sounds.first?.canBeCopied == false)
        _ = try await moments(path)
    }

    @Test func `of a film that stands still have segments of the usual length`() async throws {
        let path = try films.make("still.mkv", "-f lavfi -i testsrc=size=160x120:rate=1/30:duration=120 -c:v ffv1")
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        let ladder = Ladder(of: film, canCopy: false)
        #expect(ladder.frameRate == 1)
        try await places.withWorkplace { place in
            let playlist = try await studio.renditions(ladder, of: film, in: file, to: place) { _ in }
            let text = try String(contentsOfFile: place.file(playlist.variants[0].playlist).path, encoding: .utf8)
            #expect(text.contains("#EXT-X-TARGETDURATION:4\n"))
        }
    }

    @Test func `of what a browser records, which says nothing of its length, are whole`() async throws {
        // Written to where nothing can be put in afterwards.
        let path = films.path("recorded.webm")
        _ = try TestFilm.output(
            ["-y"]
                + "\(TestFilm.pictures("160x120", seconds: 6)) \(TestFilm.tone(6)) -c:v libvpx -deadline realtime -b:v 200k -c:a libopus -f webm -live 1"
                .split(separator: " ").map(String.init) + [path])
        #expect(try TestFilm.facts(path, "format=duration") == ["N/A"])
        let film = try await studio.film(in: FilmFile(path: path))
        #expect((5_900...6_200).contains(film.milliseconds))
        #expect(film.pictures?.codec == "vp8" && film.sounds.map(\.codec) == ["opus"])
        try await places.withWorkplace { place in
            let ladder = Ladder(of: film, canCopy: false)
            let playlist = try await studio.renditions(ladder, of: film, in: FilmFile(path: path), to: place) { _ in }
            #expect(playlist.variants.count == 1 && playlist.sounds.count == 1)
        }
    }
}
