import ConfinedProcesses
import Foundation
public import VideoDomain

extension FFmpegStudio: FilmStudio {
    public func film(in file: FilmFile) async throws -> Film {
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffprobe",
                arguments: ["-hide_banner", "-v", "error"] + Self.caution + [
                    "-probesize", "20M", "-analyzeduration", "20M", "-of", "json=compact=1", "-show_entries",
                    FilmReport.entries, "-i", file.path,
                ], readable: [file.path],
                limits: ChildLimits(
                    memory: costs.memory, processorSeconds: 60, fileSize: 0, wallTime: .seconds(180))))
        try Self.judge(outcome, of: "ffprobe")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(FilmReport.self, from: Data(outcome.output)) else {
            throw Unprocessable(.unreadable)
        }
        return report.film
    }
}
