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

    /// Of structural similarity (SSIM), of which 1 is the same picture, in the mean over the film.
    static let leastLikeness = 0.95

    /// What is made of a film, held against all that has to be so of any. Not against its pictures where others stand between them, or
    /// their colours are others.
    private func made(
        _ path: String, isPaced: Bool = false,
        _ look: @Sendable (Workplace, Ladder, MultivariantPlaylist) throws -> Void = { _, _, _ in }
    ) async throws {
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
        let isPaced = isPaced || film.pictures?.frameRate != ladder.frameRate
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
            for (variant, rung) in zip(playlist.variants, ladder.rungs) where !isPaced {
                let likeness = try TestFilm.likeness(
                    of: place.file(variant.playlist).path, to: path, rung.width, rung.height)
                #expect(likeness > Self.leastLikeness, "\(variant.playlist) is as the film: \(likeness)")
            }
            for other in lengths.dropFirst() {
                #expect(
                    other.count == lengths[0].count && zip(other, lengths[0]).allSatisfy { abs($0 - $1) < 0.03 },
                    "aligned: \(lengths)")
            }
            for name in playlist.variants.map(\.playlist) + playlist.sounds.map(\.playlist) {
                let file = place.file(name.replacing(".m3u8", with: ".mp4")).path
                // Some players count the first of several, and none that is empty.
                let edits = try EditList(ofFile: file)
                #expect(edits.mediaTimes.count == 1 && edits.mediaTimes[0] >= 0, "\(name): \(edits)")
                let start = try TestFilm.facts(file, "stream=start_time").first.flatMap { Double($0) } ?? .infinity
                #expect(start.magnitude < 0.03, "\(name) begins with the film: \(start)")
                #expect(try TestFilm.facts(file, "stream_side_data=rotation") == [], "\(name) is turned already")
                #expect(
                    try TestFilm.complaints(["-xerror", "-i", place.file(name).path, "-f", "null", "-"]) == "",
                    "\(name)")
                let seconds = try #require(text(name).flatMap { MediaPlaylist($0) }).seconds
                #expect(
                    abs(seconds - film.seconds) < 1, "\(name) is as long as the film: \(seconds)")
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
        try await made(varying, isPaced: true)
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

    @Test func `of high dynamic range show what every screen does, also where the file says half of it`() async throws {
        let coded = "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le"
        for (name, tags) in [
            ("said.mkv", "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"),
            ("half.mkv", "-color_trc smpte2084"),
            ("hlg.mp4", "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc"),
        ] {
            let path = try films.make(name, TestFilm.pictures("320x240", seconds: 1, rate: 10), coded, tags)
            #expect(try await studio.film(in: FilmFile(path: path)).pictures?.isHighDynamicRange == true, "\(name)")
            try await made(path, isPaced: true) { place, _, playlist in
                let file = place.file(playlist.variants[0].playlist).path
                let said = try TestFilm.facts(file, "stream=color_transfer,color_primaries,color_space,pix_fmt")
                #expect(Set(said) == ["yuv420p", "bt709"], "\(name): \(said)")
                let grey = place.file("grey").path
                try TestFilm.ffmpeg([
                    "-i", file, "-frames:v", "1", "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray", grey,
                ])
                let brightness = try Data(contentsOf: URL(filePath: grey)).first ?? 0
                #expect(brightness > 40 && brightness < 220, "\(name): \(brightness)")
            }
        }
    }

    @Test func `of every other line of another moment are whole pictures, and none of the source's`() async throws {
        let path = try films.make(
            "lines.mkv", "-f lavfi -i testsrc2=size=320x240:rate=50:duration=4",
            "-vf interlace -c:v libx264 -flags +ilme+ildct -preset ultrafast -pix_fmt yuv420p -g 25")
        #expect(try await studio.film(in: FilmFile(path: path)).pictures?.isInterlaced == true)
        try await made(path, isPaced: true) { place, ladder, playlist in
            #expect(!ladder.rungs.contains { $0.making == .copied })
            // Lines of two moments side by side are what this filter counts.
            let said = try TestFilm.complaints(
                ["-i", place.file(playlist.variants[0].playlist).path, "-vf", "idet", "-f", "null", "-"], level: "info")
            let counted = try #require(said.firstMatch(of: /Multi frame detection: TFF: *([0-9]+) BFF: *([0-9]+)/))
            let mixed = (Int(counted.1) ?? 999) + (Int(counted.2) ?? 999)
            #expect(mixed < 10, "of a hundred, all before: \(counted.0)")
        }
    }

    @Test func `of sound that fits already is the same, bit by bit, and of other sound is AAC`() async throws {
        let fitting = try films.make(
            "fits.mp4", TestFilm.pictures("160x120", seconds: 6), TestFilm.tone(6), "-map 0 -map 1", TestFilm.coded,
            "-g 25 -c:a aac -b:a 96k")
        #expect(try await studio.film(in: FilmFile(path: fitting)).sounds.first?.canBeCopied == true)
        try await made(fitting) { place, _, _ in
            func sound(_ name: String) throws -> String {
                try TestFilm.output(["-i", name, "-map", "0:a", "-c", "copy", "-f", "streamhash", "-"])
            }
            let (made, sent) = (try sound(place.file("sound-1.m3u8").path), try sound(fitting))
            #expect(made == sent)
        }
        for (name, how) in [
            ("late.mp4", "-c:a aac -itsoffset 1"), ("loud.mp4", "-c:a aac -b:a 320k -ac 2"),
            ("six.mp4", "-c:a aac -ac 6"),
            ("mp3.mp4", "-c:a libmp3lame"), ("low.mp4", "-c:a aac -ar 16000"),
        ] {
            let tone = how.contains("itsoffset") ? "-itsoffset 1 " + TestFilm.tone(5) : TestFilm.tone(6)
            let path = try films.make(
                name, TestFilm.pictures("160x120", seconds: 6), tone, "-map 0 -map 1", TestFilm.coded,
                how.replacing(" -itsoffset 1", with: ""))
            #expect(try await studio.film(in: FilmFile(path: path)).sounds.first?.canBeCopied == false, "\(name)")
            try await made(path)
        }
    }

    @Test func `of words are WebVTT, in their languages, at their times`() async throws {
        let (first, second) = (films.path("1.srt"), films.path("2.srt"))
        try Data("1\n00:00:01,000 --> 00:00:02,500\nこんにちは <b>x</b>\n\n2\n00:00:08,000 --> 00:00:09,000\nend\n".utf8)
            .write(to: URL(filePath: first))
        try Data("1\n00:00:03,000 --> 00:00:04,000\nhello\n".utf8).write(to: URL(filePath: second))
        let shape = "\(TestFilm.pictures("160x120", seconds: 10)) -i \(first) -i \(second) -map 0 -map 1 -map 2"
        for (name, how) in [
            ("words.mkv", "-c:s subrip"), ("words.mp4", "-c:s mov_text"), ("styled.mkv", "-c:s ass"),
            ("web.mkv", "-c:s webvtt"),
        ] {
            let path = try films.make(
                name, shape, TestFilm.coded, how, "-metadata:s:s:0 language=jpn -disposition:s:1 forced")
            try await made(path) { place, ladder, playlist in
                #expect(playlist.subtitles.map(\.language) == ["jpn", nil], "\(name)")
                #expect(playlist.subtitles.map(\.isForced) == [false, true], "\(name)")
                let text = try String(contentsOfFile: place.file("subtitles-1.vtt").path, encoding: .utf8)
                #expect(text.hasPrefix("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"))
                #expect(text.contains("00:01.000 --> 00:02.500") && text.contains("こんにちは"), "\(name): \(text)")
                #expect(text.contains("00:08.000 --> 00:09.000"), "\(name)")
            }
        }
        let silent = films.path("silent.srt")
        try Data("1\n00:00:01,000 --> 00:00:02,000\n\n".utf8).write(to: URL(filePath: silent))
        let empty = try films.make(
            "empty.mkv", "\(TestFilm.pictures("160x120", seconds: 2)) -i \(silent) -map 0 -map 1", TestFilm.coded,
            "-c:s subrip")
        try await made(empty) { _, ladder, playlist in
            #expect(ladder.subtitles.count == 1 && playlist.subtitles == [], "who says nothing is not listed")
        }
    }

    @Test func `of a film that is cut nothing is made`() async throws {
        let whole = try Data(
            contentsOf: URL(
                filePath: try films.make(
                    "film.mp4", TestFilm.pictures("320x240", seconds: 20), TestFilm.coded, "-movflags +faststart")))
        let cut = FilmFile(path: try films.write("cut.mp4", whole.prefix(whole.count / 2)))
        let film = try await studio.film(in: cut)
        #expect(film.seconds > 19, "it says that it is whole")
        await #expect(throws: Unprocessable(.unreadable)) {
            try await places.withWorkplace { place in
                let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: cut))
                _ = try await studio.renditions(ladder, of: film, in: cut, to: place) { _ in }
            }
        }
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

    @Test func `a disk that is full, and a stop, are nobody's film's reason`() {
        let limits = ChildLimits(memory: 1, processorSeconds: 100, fileSize: 1, wallTime: .seconds(100))
        let full = ChildOutcome(
            end: .exited(1), output: [], complaints: "av_interleaved_write_frame(): No space left on device")
        #expect(throws: StudioFault.self) { try FFmpegStudio.judge(full, of: "ffmpeg", limits) }
        let killed = ChildOutcome(end: .killed(signal: SIGKILL), output: [], complaints: "")
        #expect(throws: StudioFault.self) { try FFmpegStudio.judge(killed, of: "ffmpeg", limits) }
        let fallen = ChildOutcome(end: .killed(signal: SIGSEGV), output: [], complaints: "")
        #expect(throws: Unprocessable(.unreadable)) { try FFmpegStudio.judge(fallen, of: "ffmpeg", limits) }
        let hungry = ChildOutcome(end: .exited(1), output: [], complaints: "Error: Cannot allocate memory")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(hungry, of: "ffmpeg", limits) }
        let wordy = ChildOutcome(end: .killed(signal: SIGXFSZ), output: [], complaints: "")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(wordy, of: "ffmpeg", limits) }
        // As ffmpeg ends when it is told to: too early for its processor time to be over, and late enough.
        let stopped = ChildOutcome(end: .exited(255), took: .seconds(1), output: [], complaints: "")
        #expect(throws: StudioFault.self) { try FFmpegStudio.judge(stopped, of: "ffmpeg", limits) }
        let used = ChildOutcome(end: .exited(255), took: .seconds(101), output: [], complaints: "")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(used, of: "ffmpeg", limits) }
        let slow = ChildOutcome(end: .timedOut, output: [], complaints: "")
        #expect(throws: Unprocessable(.tooCostly)) { try FFmpegStudio.judge(slow, of: "ffmpeg", limits) }
    }
}
