import ConfinedProcesses
import Foundation
import Synchronization
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoTranscoding

@Suite("Renditions of a film", .serialized)
struct FilmRenditionsTests {
    let films: TestFilm
    let studio: FFmpegStudio
    let places: DirectoryWorkplaces

    init() async throws {
        films = try TestFilm()
        studio = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 2 << 30, threads: 1))
        places = try DirectoryWorkplaces(below: films.directory.appending(path: "work"))
    }

    /// What is made of a film, held against all that has to be so of any.
    private func made(
        _ path: String, _ look: @Sendable (Workplace, Ladder, MultivariantPlaylist) throws -> Void = { _, _, _ in }
    ) async throws {
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
        try await places.withWorkplace { place in
            let told = Mutex<[Double]>([])
            let playlist = try await studio.renditions(ladder, of: film, in: file, to: place) { done in
                told.withLock { $0.append(done) }
            }
            let ends = told.withLock { $0 }
            #expect(ends == ends.sorted() && ends.last ?? 1 > 0.5, "it tells how far it is")
            func text(_ name: String) -> String? { try? String(contentsOfFile: place.file(name).path, encoding: .utf8) }
            func size(_ name: String) -> Int? {
                try? FileManager.default.attributesOfItem(atPath: place.file(name).path)[.size] as? Int
            }
            #expect(PlaylistRules.findings(multivariant: playlist.text, media: text, size: size) == [])
            var lengths: [[Double]] = []
            for (variant, rung) in zip(playlist.variants, ladder.rungs) {
                let measured = try TestFilm.ffprobe(place.file(variant.playlist).path)
                #expect(measured.width == rung.width && measured.height == rung.height, "\(variant.playlist)")
                lengths.append(
                    try #require(text(variant.playlist).flatMap { MediaPlaylist($0) }).segments.map(\.seconds))
            }
            for other in lengths.dropFirst() {
                #expect(
                    other.count == lengths[0].count && zip(other, lengths[0]).allSatisfy { abs($0 - $1) < 0.11 },
                    "aligned: \(lengths)")
            }
            for name in playlist.variants.map(\.playlist) + playlist.sounds.map(\.playlist) {
                #expect(
                    try TestFilm.complaints(["-xerror", "-i", place.file(name).path, "-f", "null", "-"]) == "",
                    "\(name)")
                let seconds = try #require(text(name).flatMap { MediaPlaylist($0) }).seconds
                #expect(
                    abs(seconds - Double(film.milliseconds) / 1_000) < 1, "\(name) is as long as the film: \(seconds)")
            }
            try look(place, ladder, playlist)
        }
    }

    @Test func `of a film are its steps, aligned, whole, and as the rules of playlists are`() async throws {
        let path = try films.make(
            "film.mkv", TestFilm.pictures("640x480", seconds: 10), TestFilm.tone(10), TestFilm.tone(10),
            "-map 0 -map 1 -map 2 -c:v ffv1 -c:a flac -metadata:s:a:0 language=jpn")
        try await made(path) { place, ladder, playlist in
            #expect(ladder.rungs.map(\.name) == ["480p", "360p", "240p"])
            #expect(playlist.sounds.map(\.language) == ["jpn", nil])
            #expect(playlist.variants.allSatisfy { $0.codec.hasPrefix("avc1.6400") && $0.frameRate == 25 })
            #expect(playlist.variants.map(\.peakBits) == playlist.variants.map(\.peakBits).sorted(by: >))
            // The picture is the source's: structural similarity of 1 is the same.
            let similar = try TestFilm.complaints(
                [
                    "-i", place.file("480p.m3u8").path, "-i", path, "-lavfi", "[0:v][1:v]ssim", "-f", "null", "-",
                ], level: "info")
            let all = try #require(similar.firstMatch(of: /All:([0-9.]+)/))
            #expect(Double(all.1) ?? 0 > 0.95, "\(all.0)")
        }
    }

    @Test func `of a film that fits already are its own pictures, bit by bit, and smaller ones cut where it is`()
        async throws
    {
        let path = try films.make(
            "film.mp4", TestFilm.pictures("640x360", seconds: 11),
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60")
        try await made(path) { place, ladder, _ in
            #expect(ladder.rungs.map { $0.making == .copied } == [true, false])
            func stream(_ name: String) throws -> String {
                try TestFilm.output(["-i", name, "-c", "copy", "-f", "streamhash", "-"])
            }
            let (shown, sent) = (try stream(place.file("360p.m3u8").path), try stream(path))
            #expect(shown == sent)
        }
    }

    @Test func `that cannot be cut as it is is coded anew`() async throws {
        for (name, how) in [
            ("rare.mp4", "-g 250"), ("deep.mkv", "-pix_fmt yuv422p10le -g 50"), ("other.mkv", "-c:v mpeg4"),
        ] {
            let path = try films.make(name, TestFilm.pictures("320x240", seconds: 11), TestFilm.coded, how)
            try await made(path) { _, ladder, _ in #expect(!ladder.rungs.contains { $0.making == .copied }, "\(name)") }
        }
        let flat = try films.make("flat.mp4", TestFilm.pictures("320x240", seconds: 4), TestFilm.coded, "-g 25")
        let turned = try films.make("turned.mp4", "-i \(flat) -c copy -metadata:s:v:0 rotate=90")
        try await made(turned) { _, ladder, _ in
            #expect(ladder.rungs.first.map { $0.making != .copied && $0.width == 240 && $0.height == 320 } == true)
        }
    }

    @Test func `of odd sizes, points that are no squares, one picture, and pictures at any time are right too`()
        async throws
    {
        for (name, how) in [
            ("odd.mkv", "\(TestFilm.pictures("161x121", seconds: 3)) -c:v ffv1"),
            ("wide.mp4", "\(TestFilm.pictures("160x120", seconds: 3)) \(TestFilm.coded) -aspect 16:9"),
            ("quick.mkv", "\(TestFilm.pictures("160x120", seconds: 2, rate: 120)) -c:v ffv1"),
            ("slow.mkv", "\(TestFilm.pictures("160x120", seconds: 12, rate: 1)) -c:v ffv1"),
        ] { try await made(try films.make(name, how)) }
        let varying = try films.make(
            "varying.mkv", TestFilm.pictures("160x120", seconds: 9),
            "-vf select='lt(mod(n,25),5)+not(mod(n,7))' -vsync vfr -c:v ffv1")
        try await made(varying)
    }

    @Test func `of sound alone are its tracks`() async throws {
        let path = try films.make("sound.m4a", TestFilm.tone(9), "-c:a aac")
        try await made(path) { _, ladder, playlist in
            #expect(ladder.rungs.isEmpty && playlist.sounds.count == 1)
        }
        let many = try films.make(
            "many.mkv", (0..<12).map { _ in TestFilm.tone(5) }.joined(separator: " "),
            (0..<12).map { "-map \($0)" }.joined(separator: " "), "-c:a flac")
        try await made(many) { _, _, playlist in #expect(playlist.sounds.count == 8) }
    }

    @Test func `nothing a film says of itself gets into them`() async throws {
        let path = try films.make(
            "film.mkv", TestFilm.pictures("160x120", seconds: 2), TestFilm.tone(2),
            "-c:v ffv1 -c:a flac -metadata title=secret-title -metadata:s:a:0 title=secret-sound -metadata location=secret-place"
        )
        try await made(path) { place, _, playlist in
            #expect(!playlist.text.contains("secret"))
            for name in try FileManager.default.contentsOfDirectory(atPath: place.path) {
                let bytes = try Data(contentsOf: URL(filePath: place.file(name).path))
                #expect(bytes.range(of: Data("secret".utf8)) == nil, "\(name)")
            }
        }
    }

    @Test func `a disk that is full is nobody's film's reason`() {
        let full = ChildOutcome(
            end: .exited(1), output: [], complaints: "av_interleaved_write_frame(): No space left on device")
        #expect(throws: StudioFault.self) { try FFmpegStudio.judge(full, of: "ffmpeg") }
        let killed = ChildOutcome(end: .killed(signal: SIGKILL), output: [], complaints: "")
        #expect(throws: StudioFault.self) { try FFmpegStudio.judge(killed, of: "ffmpeg") }
        let fallen = ChildOutcome(end: .killed(signal: SIGSEGV), output: [], complaints: "")
        #expect(throws: Unprocessable(.unreadable)) { try FFmpegStudio.judge(fallen, of: "ffmpeg") }
        let hungry = ChildOutcome(end: .exited(1), output: [], complaints: "Error: Cannot allocate memory")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(hungry, of: "ffmpeg") }
        let slow = ChildOutcome(end: .timedOut, output: [], complaints: "")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(slow, of: "ffmpeg") }
    }
}
