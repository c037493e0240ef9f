import ConfinedProcesses
import Foundation
import Testing
import VideoDomain
import VideoTranscoding

/// Films of somebody who means ill, or whose camera does: each is worked off as a worker does, within its limits, and what comes of it is
/// either whole or a reason.
@Suite("Films that mean ill", .serialized)
struct HostileFilmsTests {
    let films: TestFilm
    let studio: FFmpegStudio
    let places: DirectoryWorkplaces

    init() async throws {
        films = try TestFilm()
        studio = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 2 << 30, threads: 1))
        places = try DirectoryWorkplaces(below: films.directory.appending(path: "work"))
    }

    /// Why nothing is made of it; nil when all is. As `ProcessVideo` has it.
    private func reason(
        _ path: String, _ studio: FFmpegStudio? = nil, longest: Duration = .seconds(12 * 3_600)
    ) async throws -> ProcessingReason? {
        let (studio, file) = (studio ?? self.studio, FilmFile(path: path))
        do {
            let film = try await studio.film(in: file)
            if let refusal = FilmLimits(longest: longest).refusal(of: film) { return refusal }
            try await places.withWorkplace { place in
                try await studio.poster(of: film, in: file, to: place.file("poster.jpg"))
                let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
                _ = try await studio.renditions(ladder, of: film, in: file, to: place) { _ in }
            }
            return nil
        } catch let unprocessable as Unprocessable {
            return unprocessable.reason
        }
    }

    /// The number of `count` bytes behind the name of a box and `skip` more becomes `value`.
    private func patched(_ bytes: Data, _ box: String, skip: Int, count: Int, _ value: UInt64) throws -> Data {
        var bytes = bytes
        let start = try #require(bytes.range(of: Data(box.utf8))).upperBound + skip
        for index in 0..<count {
            bytes[start + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(count - 1 - index)))
        }
        return bytes
    }

    private func film(_ words: String = "", seconds: Double = 2) throws -> Data {
        try Data(
            contentsOf: URL(
                filePath: try films.make(
                    "film.mp4", TestFilm.pictures("160x120", seconds: seconds), TestFilm.coded, words)))
    }

    @Test func `that last no time, or far too long by what they say, are refused by it`() async throws {
        var bytes = try film()
        // Duration is the fourth number of the movie's head, behind two times and how many parts a second has.
        let day: UInt64 = 25 * 3_600 * 1_000
        for box in ["mvhd", "mdhd"] {
            let scale = box == "mvhd" ? 1_000 : 12_800
            bytes = try patched(bytes, box, skip: 4 + 12, count: 4, day / 1_000 * UInt64(scale))
        }
        let claimed = try films.write("day.mp4", bytes)
        let reason = try await reason(claimed)
        #expect(reason == .tooLong || reason == .unreadable, "\(String(describing: reason))")
        // A still picture for a day and an hour, which is a small file and no lie.
        let still = try films.make(
            "still.mkv", "-f lavfi -i color=size=64x64:rate=1/9000:duration=90000 -c:v libx264 -preset ultrafast")
        #expect(try await self.reason(still) == .tooLong)
        let nothing = try films.make(
            "head.mp4", "-f lavfi -i color=size=64x64:rate=25:duration=1", TestFilm.coded, "-t 0")
        let none = try await self.reason(nothing)
        #expect(none == .noTracks || none == .empty || none == .unreadable, "\(String(describing: none))")
    }

    @Test func `that are 16,000 points wide are refused, and that claim it in their stream`() async throws {
        let wide = try films.make(
            "wide.mkv", "-f lavfi -i color=size=16000x16:rate=1:duration=1 -c:v ffv1")
        #expect(try await reason(wide) == .tooLarge)
        let tall = try films.make("tall.mkv", "-f lavfi -i color=size=16x16000:rate=1:duration=1 -c:v ffv1")
        #expect(try await reason(tall) == .tooLarge)
        // A billion points in a few hundred bytes.
        let bomb = try films.make(
            "bomb.mkv", "-f lavfi -i color=size=16000x16000:rate=1:duration=1 -pix_fmt gray -c:v png")
        let size = try FileManager.default.attributesOfItem(atPath: bomb)[.size] as? Int ?? 0
        #expect(size < 2_000_000, "it is small: \(size)")
        let reason = try await reason(bomb)
        #expect(reason == .tooLarge || reason == .unreadable || reason == .tooCostly, "\(String(describing: reason))")
    }

    @Test func `that say of themselves that they are small and are not cost no more than they may`() async throws {
        // A stream of small pictures goes on with one of 100 million points.
        let (small, large) = (
            try films.make("small.mkv", "-f lavfi -i color=size=64x64:rate=5:duration=2 -pix_fmt gray -c:v png"),
            try films.make("large.mkv", "-f lavfi -i color=size=12000x12000:rate=5:duration=0.2 -pix_fmt gray -c:v png")
        )
        let list = films.path("list")
        try Data("ffconcat version 1.0\nfile \(small)\nfile \(large)\n".utf8).write(to: URL(filePath: list))
        let path = try films.make("grows.mkv", "-f concat -safe 0 -i \(list) -c copy")
        let start = ContinuousClock.now
        let reason = try await reason(path)
        // What can be seen of it is made, or it is refused; the large picture is in none.
        #expect(reason == nil || reason == .tooCostly || reason == .unreadable, "\(String(describing: reason))")
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `that have 64 tracks of sound, and 300 tracks`() async throws {
        let tones = (0..<64).map { _ in TestFilm.tone(1) }.joined(separator: " ")
        let maps = (0..<65).map { "-map \($0)" }.joined(separator: " ")
        let many = try films.make(
            "many.mkv", TestFilm.pictures(seconds: 1), tones, maps, TestFilm.coded, "-c:a pcm_s16le")
        #expect(try await reason(many) == nil)
        let maps2 = "-map 0 " + (0..<300).map { _ in "-map 1" }.joined(separator: " ")
        let far = try films.make(
            "far.mkv", TestFilm.pictures(seconds: 0.2), TestFilm.tone(0.2), maps2, TestFilm.coded, "-c:a pcm_s16le")
        #expect(try await reason(far) == .tooCostly)
    }

    @Test func `that are something else by another name`() async throws {
        let secret = try films.make("secret.mp4", TestFilm.pictures(), TestFilm.coded)
        let noise = Data((0..<50_000).map { _ in UInt8.random(in: 0...255) })
        for (name, bytes) in [
            ("zip.mp4", Data("PK\u{3}\u{4}".utf8) + noise),
            ("playlist.mp4", Data("#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n".utf8)),
            ("concat.mp4", Data("ffconcat version 1.0\nfile '\(secret)'\n".utf8)),
            ("page.mp4", Data("<html><body>film</body></html>".utf8)),
            ("picture.mp4", Data([0xFF, 0xD8, 0xFF, 0xE0]) + noise),
            ("sub.mkv", Data("1\n00:00:01,000 --> 00:00:02,000\nx\n".utf8)),
        ] { #expect(try await reason(try films.write(name, bytes)) == .unreadable, "\(name)") }
    }

    @Test func `that keep their pictures in another file open none`() async throws {
        // As editors save them: the track's data lie in a file that is named (ISO/IEC 14496-12 §8.7.2).
        let secret = try films.make("secret.mp4", TestFilm.pictures(), TestFilm.coded)
        let whole = try Data(contentsOf: URL(filePath: secret))
        let own = Data([0, 0, 0, 0x0C]) + Data("url ".utf8) + Data([0, 0, 0, 1])
        for address in ["file://\(secret)", secret, "secret.mp4", "http://127.0.0.1:9/x"] {
            let named = Data(address.utf8) + Data([0])
            var entry = Data("url ".utf8) + Data([0, 0, 0, 0]) + named
            entry = withUnsafeBytes(of: UInt32(entry.count + 4).bigEndian) { Data($0) } + entry
            guard let place = whole.range(of: own) else { continue }
            var bytes = whole
            bytes.replaceSubrange(place, with: entry)
            // Every box around it grows by as much.
            for box in ["moov", "trak", "mdia", "minf", "dinf", "dref"] {
                let name = try #require(bytes.range(of: Data(box.utf8)))
                let size = bytes[name.lowerBound - 4..<name.lowerBound].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                bytes.replaceSubrange(
                    name.lowerBound - 4..<name.lowerBound,
                    with: withUnsafeBytes(of: (size + UInt32(entry.count - own.count)).bigEndian) { Data($0) })
            }
            // Nothing of its own is left to be shown.
            let media = try #require(bytes.range(of: Data("mdat".utf8)))
            let end = try #require(bytes.range(of: Data("moov".utf8))).lowerBound - 4
            if media.upperBound < end {
                bytes.replaceSubrange(media.upperBound..<end, with: Data(repeating: 0, count: end - media.upperBound))
            }
            #expect(try await reason(try films.write("refers.mov", bytes)) == .unreadable, "\(address)")
        }
    }

    @Test func `that are described by a megabyte, and named with what steers terminals`() async throws {
        let words = films.path("words.txt")
        let name = "\u{1B}[2J\u{7}\u{202E}evil\u{0}\\\r\\\nout_time_us=99999999\\\nprogress=end"
        try Data((";FFMETADATA1\ntitle=\(name)\ncomment=" + String(repeating: "a", count: 1 << 20) + "\n").utf8).write(
            to: URL(filePath: words))
        let path = try films.make(
            "long.mkv", TestFilm.pictures(seconds: 1), TestFilm.tone(1), "-i \(words) -map 0 -map 1 -map_metadata 2",
            TestFilm.coded, "-c:a aac")
        #expect(try await reason(path) == nil)
    }

    @Test func `whose renditions do not fit where they are made are tried again, and leave nothing there`() async throws
    {
        let path = try films.make(
            "film.mkv", TestFilm.pictures("320x240", seconds: 4), "-vf noise=alls=60:allf=t -c:v ffv1")
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        guard let disk = try SmallDisk(megabytes: 1) else { return }
        let places = try DirectoryWorkplaces(below: disk.directory)
        try await places.withWorkplace { place in
            // All but nothing is taken already.
            try Data(repeating: 1, count: 1_000_000).write(to: URL(filePath: place.file("other").path))
            await #expect(throws: StudioFault.self, "and is no reason to leave it alone") {
                try await studio.poster(of: film, in: file, to: place.file("poster.jpg"))
            }
            let ladder = Ladder(of: film, canCopy: false)
            await #expect(throws: StudioFault.self) {
                _ = try await studio.renditions(ladder, of: film, in: file, to: place) { _ in }
            }
        }
    }

    @Test func `that take longer than a film should are given up`() async throws {
        let path = try films.make("film.mkv", TestFilm.pictures("1280x720", seconds: 20), "-c:v ffv1")
        let file = FilmFile(path: path)
        var film = try await studio.film(in: file)
        // It says so of itself, and the limits go by what it says.
        film.milliseconds = 1
        var hasty = studio
        hasty.costs.patience = 0.002
        let (studio, lying) = (hasty, film)
        await #expect(throws: Unprocessable(.tooCostly)) {
            try await places.withWorkplace { place in
                _ = try await studio.renditions(Ladder(of: lying, canCopy: false), of: lying, in: file, to: place) {
                    _ in
                }
            }
        }
    }
}

/// A file system that is full soon; nil where nobody may mount one.
private final class SmallDisk {
    let directory: URL

    init?(megabytes: Int) throws {
        directory = URL(filePath: "/var/tmp/small-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        guard mount("none", directory.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            try FileManager.default.removeItem(at: directory)
            return nil
        }
    }

    deinit {
        umount2(directory.path, 2)
        try? FileManager.default.removeItem(at: directory)
    }
}
