import ConfinedProcesses
import Foundation
import Testing
import VideoDomain
import VideoTranscoding

@Suite("Films read confined", .serialized)
struct FilmConfinementTests {
    /// Each that may be a worker's; the program with the launcher lies beside these tests.
    static let choices: [Confinement] = [
        .sandbox,
        .restrictions(
            Launcher(command: [
                URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "video-service")
                    .path(percentEncoded: false), "confine",
            ])), .limits(asRoot: geteuid() == 0),
    ]

    @Test func `are worked off however strongly this machine lets us confine`() async throws {
        let films = try TestFilm()
        let words = films.path("words.srt")
        try Data("1\n00:00:00,500 --> 00:00:01,000\nhello\n".utf8).write(to: URL(filePath: words))
        let path = try films.make(
            "film.mkv", TestFilm.pictures("640x360"), TestFilm.tone(), "-i \(words) -map 0 -map 1 -map 2",
            TestFilm.coded, "-c:a flac -c:s subrip")
        let file = FilmFile(path: path)
        var worked = 0
        for confinement in Self.choices {
            let studio = FFmpegStudio(
                confinement: confinement, costs: FFmpegStudio.Costs(memory: 4 << 30, threads: 2))
            guard (try? await studio.check()) != nil else { continue }
            worked += 1
            let places = try DirectoryWorkplaces(below: films.directory.appending(path: "work"))
            let film = try await studio.film(in: file)
            try await places.withWorkplace { place in
                try await studio.poster(of: film, in: file, to: place.file("poster.jpg"))
                let strip = try #require(ThumbnailStrip(of: film))
                try await studio.sheet(strip, of: film, in: file, to: place.file("sheet.jpg"))
                let ladder = Ladder(of: film, canCopy: try await studio.canCopy(film, in: file))
                let made = try await studio.renditions(ladder, of: film, in: file, to: place) { _ in }
                #expect(
                    made.variants.count == 2 && made.sounds.count == 1 && made.subtitles.count == 1, "\(confinement)")
            }
        }
        #expect(worked > 0)
    }
}
