import ConfinedProcesses
import Foundation
import Testing
import VideoDomain
import VideoTranscoding

@Suite("What a film is made of", .serialized)
struct FilmReadingTests {
    let films: TestFilm
    let studio: FFmpegStudio

    init() async throws {
        films = try TestFilm()
        studio = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 2 << 30, threads: 1))
    }

    private func film(_ path: String) async throws -> Film { try await studio.film(in: FilmFile(path: path)) }

    private func reason(_ path: String) async throws -> ProcessingReason? {
        do {
            _ = try await film(path)
            return nil
        } catch let unprocessable as Unprocessable {
            return unprocessable.reason
        }
    }

    @Test func `the programs are there`() async throws {
        try await studio.check()
    }

    @Test func `a film tells its length, size, rate and tracks`() async throws {
        let path = try films.make(
            "film.mp4", TestFilm.pictures("320x180"), TestFilm.tone(), TestFilm.tone(), "-map 0 -map 1 -map 2",
            TestFilm.coded, "-c:a aac -metadata:s:a:0 language=jpn")
        let film = try await film(path)
        #expect((1_950...2_100).contains(film.milliseconds))
        let pictures = try #require(film.pictures)
        #expect(pictures.codec == "h264" && pictures.codedWidth == 320 && pictures.codedHeight == 180)
        #expect(pictures.frameRate == 25 && pictures.rotation == 0 && pictures.pixelFormat == "yuv420p")
        #expect(film.sounds.map(\.codec) == ["aac", "aac"] && film.sounds.map(\.language) == ["jpn", nil])
        #expect(film.measures == Measures(milliseconds: film.milliseconds, width: 320, height: 180))
    }

    @Test func `one that is turned, or has points that are no squares, is as large as it is shown`() async throws {
        let flat = try films.make("flat.mp4", TestFilm.pictures("320x180"), TestFilm.coded)
        for (turn, size) in [("90", (180, 320)), ("180", (320, 180)), ("270", (180, 320))] {
            let turned = try films.make(
                "turned.mp4", "-i \(flat) -c copy -metadata:s:v:0 rotate=\(turn)")
            let shown = try await film(turned).measures
            #expect(shown.width == size.0 && shown.height == size.1)
        }
        let wide = try films.make("wide.mp4", TestFilm.pictures("160x120"), TestFilm.coded, "-aspect 16:9")
        #expect(try await film(wide).measures.width == 213)
    }

    @Test func `sound alone, and sound with a cover, have no pictures`() async throws {
        let sound = try films.make("sound.m4a", TestFilm.tone(), "-c:a aac")
        let alone = try await film(sound)
        #expect(alone.pictures == nil && alone.sounds.count == 1)
        let covered = try films.make(
            "covered.m4a", "-i \(sound) -f lavfi -i testsrc=size=64x64:rate=1:duration=1",
            "-map 0 -map 1 -c:a copy -c:v mjpeg -frames:v 1 -disposition:v:0 attached_pic")
        #expect(try await film(covered).pictures == nil)
    }

    @Test func `Matroska, WebM and QuickTime are read as MP4 is`() async throws {
        for name in ["film.mkv", "film.mov"] {
            let path = try films.make(name, TestFilm.pictures(), TestFilm.coded)
            #expect((1_950...2_100).contains(try await film(path).milliseconds), "\(name)")
        }
        let webm = try films.make(
            "film.webm", TestFilm.pictures(seconds: 1), "-c:v libvpx -b:v 100k -deadline realtime")
        #expect(try await film(webm).pictures?.codec == "vp8")
    }

    @Test func `what is no film, or is cut before it says what it is, cannot be read`() async throws {
        let whole = try Data(contentsOf: URL(filePath: try films.make("film.mp4", TestFilm.pictures(), TestFilm.coded)))
        let noise = Data((0..<100_000).map { _ in UInt8.random(in: 0...255) })
        let begun = Data([0, 0, 0, 24]) + Data("ftypisom".utf8) + Data([0, 0, 2, 0]) + Data("isommp41".utf8)
        for (name, bytes) in [
            ("empty", Data()), ("noise", noise), ("begun", begun + noise), ("cut", whole.prefix(whole.count / 2)),
            ("head", begun), ("zip", Data("PK\u{3}\u{4}".utf8) + noise), ("text", Data("hello".utf8)),
        ] {
            #expect(try await reason(try films.write(name, bytes)) == .unreadable, "\(name)")
        }
    }

    @Test func `a list that names files or addresses opens none of them`() async throws {
        let secret = try films.make("secret.mp4", TestFilm.pictures(), TestFilm.coded)
        let lists = [
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n\(secret)\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:1/x\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile \(secret)\n", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n",
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>\(secret)</BaseURL></MPD>",
        ]
        for (index, list) in lists.enumerated() {
            for name in ["list\(index).mp4", "list\(index).m3u8", "list\(index).txt"] {
                #expect(try await reason(try films.write(name, Data(list.utf8))) == .unreadable, "\(list)")
            }
        }
    }

    @Test func `a film of many tracks and long words is read within bounds`() async throws {
        let tones = (0..<64).map { _ in TestFilm.tone(0.2) }.joined(separator: " ")
        let maps = (0..<65).map { "-map \($0)" }.joined(separator: " ")
        let many = try films.make(
            "many.mkv", TestFilm.pictures(seconds: 0.2), tones, maps, TestFilm.coded, "-c:a aac")
        #expect(try await film(many).sounds.count == 64)
        let words = films.path("words.txt")
        try Data((";FFMETADATA1\ntitle=" + String(repeating: "a", count: 1 << 20) + "\n").utf8).write(
            to: URL(filePath: words))
        let long = try films.make(
            "long.mkv", TestFilm.pictures(seconds: 0.2), "-i \(words) -map_metadata 1", TestFilm.coded)
        #expect(try await film(long).pictures?.codec == "h264")
    }

    @Test func `a language is a code, or none`() async throws {
        for (said, code) in [
            ("eng", "eng"), ("ja", "ja"), ("\"x", nil), ("und", nil), (String(repeating: "a", count: 3_000), nil),
        ] {
            let path = try films.make("film.mkv", TestFilm.tone(0.2), "-c:a aac -metadata:s:a:0 language=\(said)")
            #expect(try await film(path).sounds.first?.language == code, "\(said)")
        }
    }

    @Test func `what takes too much is not the film's reason when memory is short`() async throws {
        let path = try films.make("film.mp4", TestFilm.pictures(), TestFilm.coded)
        let poor = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 1 << 24, threads: 1))
        await #expect(throws: (any Error).self) { try await poor.check() }
        await #expect(throws: (any Error).self) { try await poor.film(in: FilmFile(path: path)) }
    }
}
