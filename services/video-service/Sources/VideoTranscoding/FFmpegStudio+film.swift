import ConfinedProcesses
import Foundation
public import VideoDomain

extension FFmpegStudio: FilmStudio {
    public func film(in file: FilmFile) async throws -> Film {
        let limits = ChildLimits(memory: costs.memory, processorSeconds: 60, fileSize: 0, wallTime: .seconds(180))
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffprobe",
                arguments: ["-hide_banner", "-v", "error"] + Self.caution + [
                    "-probesize", "20M", "-analyzeduration", "20M", "-of", "json=compact=1", "-show_entries",
                    FilmReport.entries, "-i", file.path,
                ], readable: [file.path], limits: limits))
        try Self.judge(outcome, of: "ffprobe", limits)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(FilmReport.self, from: Data(outcome.output)) else {
            throw Unprocessable(.unreadable)
        }
        var film = report.film
        // As of what a browser records, and of what was cut off while it was written.
        if film.milliseconds == 0, film.pictures != nil || !film.sounds.isEmpty {
            film.milliseconds = try await milliseconds(of: film, in: file)
        }
        return film
    }

    /// How long it lasts by the times of all that is in it.
    private func milliseconds(of film: Film, in file: FilmFile) async throws -> Int64 {
        let end = LastMoment()
        let limits = ChildLimits(memory: costs.memory, processorSeconds: 300, fileSize: 0, wallTime: .seconds(900))
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffprobe",
                arguments: ["-hide_banner", "-v", "error"] + Self.caution + [
                    "-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0", "-i", file.path,
                ], readable: [file.path], limits: limits, longestOutput: 1 << 30, keepsOutput: false)
        ) { await end.hear($0) }
        try Self.judge(outcome, of: "ffprobe", limits)
        return await end.milliseconds
    }
}

/// The last moment of anything, out of what ffprobe says of each packet: a line of its time and how long it lasts.
private actor LastMoment {
    private var lines = SaidLines(longest: 200)
    private var first = Double.infinity
    private var last = 0.0

    var milliseconds: Int64 { last > first ? Int64(min(last - first, 1e9) * 1_000) : 0 }

    func hear(_ bytes: [UInt8]) {
        lines.hear(bytes) { line in
            let numbers = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard let start = numbers.first ?? nil, start.isFinite, start.magnitude < 1e9 else { return }
            let length = numbers.count > 1 ? numbers[1] ?? 0 : 0
            first = min(first, start)
            last = max(last, start + ((0...60).contains(length) ? length : 0))
        }
    }
}
