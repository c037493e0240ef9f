import ConfinedProcesses
import Foundation
import Testing
import VideoDomain
import VideoTranscoding

@Suite("Pictures of a film", .serialized)
struct FilmPicturesTests {
    let films: TestFilm
    let studio: FFmpegStudio
    let places: DirectoryWorkplaces

    init() async throws {
        films = try TestFilm()
        studio = FFmpegStudio(
            confinement: try await .strongest(), costs: FFmpegStudio.Costs(memory: 2 << 30, threads: 1))
        places = try DirectoryWorkplaces(below: films.directory.appending(path: "work"))
    }

    /// The size of what `make` makes, and its mean brightness from 0 to 255.
    private func picture(
        of path: String, _ make: @Sendable (Film, FilmFile, FilmFile) async throws -> Void
    ) async throws -> (width: Int, height: Int, brightness: Double) {
        let file = FilmFile(path: path)
        let film = try await studio.film(in: file)
        return try await places.withWorkplace { place in
            let picture = place.file("picture.jpg")
            try await make(film, file, picture)
            let seen = try await studio.film(in: FilmFile(path: path))
            #expect(seen == film, "the film is as it was")
            let grey = place.file("grey").path
            let size = try TestFilm.ffprobe(picture.path)
            try TestFilm.ffmpeg(["-i", picture.path, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray", grey])
            return (size.width, size.height, Double(try Data(contentsOf: URL(filePath: grey)).first ?? 0))
        }
    }

    @Test(arguments: [
        ("320x180", "", 320, 180), ("1920x1080", "", 1_280, 720), ("161x121", "-pix_fmt yuv444p", 160, 120),
        ("320x180", "-metadata:s:v:0 rotate=90", 180, 320), ("160x120", "-aspect 16:9", 212, 120),
    ])
    func `a poster is as the film is shown, and no larger`(
        size: String, how: String, width: Int, height: Int
    ) async throws {
        let flat = try films.make("flat.mov", TestFilm.pictures(size, seconds: 1), TestFilm.coded, how)
        let path =
            how.contains("rotate") ? try films.make("turned.mov", "-i \(flat) -c copy \(how)") : flat
        let poster = try await picture(of: path) { try await studio.poster(of: $0, in: $1, to: $2) }
        #expect(poster.width == width && poster.height == height)
    }

    @Test func `a poster is not the black that a film begins with`() async throws {
        let path = try films.make(
            "late.mp4", "-f lavfi -i color=black:size=160x120:rate=25:duration=0.5",
            "-f lavfi -i color=white:size=160x120:rate=25:duration=9.5",
            "-filter_complex [0][1]concat=n=2", TestFilm.coded)
        #expect(try await picture(of: path) { try await studio.poster(of: $0, in: $1, to: $2) }.brightness > 200)
    }

    @Test func `a film of one picture has a poster, and a sheet`() async throws {
        let path = try films.make("one.mp4", TestFilm.pictures(seconds: 0.04), TestFilm.coded)
        #expect(try await picture(of: path) { try await studio.poster(of: $0, in: $1, to: $2) }.width == 160)
        let sheet = try await picture(of: path) { film, file, target in
            try await studio.sheet(try #require(ThumbnailStrip(of: film)), of: film, in: file, to: target)
        }
        #expect(sheet.width == 160 && sheet.height == 120)
    }

    @Test func `the sheet has the picture of each moment at its place`() async throws {
        // Grey that grows lighter: a second, a step.
        let path = try films.make(
            "steps.mp4", "-f lavfi -i color=black:size=160x90:rate=10:duration=12",
            "-vf geq=lum='16+18*floor(T)':cb=128:cr=128", TestFilm.coded, "-g 5")
        let sheet = films.path("sheet.jpg")
        let size = try await picture(of: path) { film, file, target in
            let strip = try #require(ThumbnailStrip(of: film))
            #expect(strip.count == 12 && strip.columns == 10)
            try await studio.sheet(strip, of: film, in: file, to: target)
            try FileManager.default.copyItem(atPath: target.path, toPath: sheet)
        }
        #expect(size.width == 1_600 && size.height == 180)
        let grey = films.path("grey")
        try TestFilm.ffmpeg(["-i", sheet, "-vf", "scale=10:2:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", grey])
        let places = try Data(contentsOf: URL(filePath: grey))
        for index in 1..<12 { #expect(places[index] > places[index - 1] + 5, "\(index): \(Array(places))") }
    }

    @Test func `high dynamic range becomes what every screen shows`() async throws {
        let path = try films.make(
            "hdr.mkv", "-f lavfi -i color=gray:size=160x120:rate=10:duration=1",
            "-c:v libx265 -x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
        )
        let film = try await studio.film(in: FilmFile(path: path))
        #expect(film.pictures?.isHighDynamicRange == true)
        let poster = try await picture(of: path) { try await studio.poster(of: $0, in: $1, to: $2) }
        #expect(poster.brightness > 30 && poster.brightness < 250)
    }

    @Test func `pictures that cannot be made out are no reason to try again`() async throws {
        let path = try films.make("film.mp4", TestFilm.pictures(), TestFilm.coded)
        let film = try await studio.film(in: FilmFile(path: path))
        var bytes = try Data(contentsOf: URL(filePath: path))
        let media = try #require(bytes.range(of: Data("mdat".utf8)))
        let end = bytes.range(of: Data("moov".utf8))?.lowerBound ?? bytes.count
        bytes.replaceSubrange(media.upperBound..<end - 4, with: Data(repeating: 0, count: end - 4 - media.upperBound))
        let broken = FilmFile(path: try films.write("broken.mp4", bytes))
        try await places.withWorkplace { place in
            let error = await #expect(throws: Unprocessable.self) {
                try await studio.poster(of: film, in: broken, to: place.file("poster.jpg"))
            }
            #expect(error?.reason == .unreadable)
        }
    }
}
