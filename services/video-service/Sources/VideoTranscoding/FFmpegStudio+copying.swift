import ConfinedProcesses
import Foundation
public import VideoDomain

extension FFmpegStudio {
    /// Whether the film's pictures can be handed out as they are: every player decodes them, and places where one may begin come often.
    public func canCopy(_ film: Film, in file: FilmFile) async throws -> Bool {
        guard let pictures = film.pictures, pictures.codec == "h264", pictures.pixelFormat == "yuv420p",
            pictures.rotation == 0, pictures.pointWidth == 1, !pictures.isHighDynamicRange, !pictures.isInterlaced,
            pictures.start < Self.latestStart,
            min(pictures.codedWidth, pictures.codedHeight) <= 1_080, pictures.frameRate ?? 0 <= 60,
            (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int).map({ size in
                Double(size) * 8_000 / Double(max(1, film.milliseconds)) <= Self.mostCopiedBits
            }) ?? false
        else { return false }
        let gaps = KeyPictures()
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffprobe",
                arguments: ["-hide_banner", "-v", "error"] + Self.caution + [
                    "-select_streams", "\(pictures.index)", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0",
                    "-i",
                    file.path,
                ], readable: [file.path],
                limits: ChildLimits(
                    memory: costs.memory, processorSeconds: 300, fileSize: 0, wallTime: .seconds(900)),
                longestOutput: 1 << 30, keepsOutput: false)
        ) { await gaps.hear($0) }
        guard outcome.end == .exited(0) else { return false }
        return await gaps.longest(of: Double(film.milliseconds) / 1_000) <= Self.longestGap
    }

    /// A second: larger ones are for lines that few have.
    private static var mostCopiedBits: Double { 8_000_000 }
    /// Seconds: later ones are held back by a first picture that stands, which has to be coded.
    static var latestStart: Double { 0.05 }
    /// Seconds: a segment is as long at least, and a player begins nowhere else.
    private static var longestGap: Double { 5 }
}

/// When pictures that stand by themselves are shown, out of what ffprobe says of each: a line of its time and its flags.
private actor KeyPictures {
    private var lines = SaidLines(longest: 200)
    private var last: Double?
    private var gap = 0.0
    private var isOdd = false

    func hear(_ bytes: [UInt8]) {
        lines.hear(bytes) { take($0) }
    }

    private func take(_ line: String) {
        guard line.contains("K") else {
            // Nothing stands before the first of them.
            if last == nil { isOdd = true }
            return
        }
        guard let time = Double(line.prefix { $0 != "," }), time.isFinite else { return isOdd = true }
        if let last { gap = max(gap, time - last) }
        if let last, time <= last { isOdd = true }
        last = time
    }

    /// Infinite where times are not as they should be.
    func longest(of length: Double) -> Double {
        guard let last, !isOdd else { return .infinity }
        return max(gap, length - last)
    }
}
