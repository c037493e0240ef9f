import ConfinedProcesses
import Foundation
public import VideoDomain

extension FFmpegStudio {
    public func poster(of film: Film, in file: FilmFile, to picture: FilmFile) async throws {
        guard let pictures = film.pictures else { return }
        let size = pictures.shownSize
        let scale = min(1, 1_280 / Double(max(size.width, size.height)))
        let (width, height) = (Self.points(size.width, scale), Self.points(size.height, scale))
        // Not the first one, which is black more often than not; of a second's pictures the one most like the others.
        let place = min(Double(film.milliseconds) / 10_000, 60)
        for start in [place, 0] {
            try await make(
                picture,
                ["-ss", String(format: "%.3f", start)] + Self.caution + ["-i", file.path] + [
                    "-map", "0:\(pictures.index)", "-frames:v", "1", "-vf",
                    Self.shown(pictures) + ",thumbnail=25,scale=\(width):\(height)", "-pix_fmt", "yuvj420p", "-q:v",
                    "3", "-f", "image2",
                    "-update",
                    "1", picture.path,
                ], of: file, seconds: 120)
            if FileManager.default.fileExists(atPath: picture.path) { return }
        }
        // It says that it has pictures, and none of them can be made out.
        throw Unprocessable(.unreadable)
    }

    /// Only pictures that stand by themselves are looked at: the others cost most of what decoding costs.
    public func sheet(_ strip: ThumbnailStrip, of film: Film, in file: FilmFile, to picture: FilmFile) async throws {
        guard let pictures = film.pictures else { return }
        try await make(
            picture,
            ["-skip_frame", "nokey"] + Self.caution + ["-i", file.path] + [
                "-map", "0:\(pictures.index)", "-frames:v", "1", "-vf",
                Self.shown(pictures)
                    + ",fps=1000/\(strip.interval):start_time=0:eof_action=pass,scale=\(strip.width):\(strip.height)"
                    // Behind the last of them, which may be long before the end, it stays.
                    + ",tpad=stop_mode=clone:stop=\(strip.columns * strip.rows)"
                    + ",tile=\(strip.columns)x\(strip.rows)",
                "-pix_fmt", "yuvj420p", "-q:v", "4", "-f", "image2", "-update", "1", picture.path,
            ], of: file, seconds: 900)
        guard FileManager.default.fileExists(atPath: picture.path) else { throw Unprocessable(.unreadable) }
    }

    /// Filters that make of pictures as they are stored what is shown: square points, and colours that every screen has. Turning is
    /// ffmpeg's own.
    static func shown(_ pictures: Film.Pictures) -> String {
        var filters = ["scale=trunc(iw*sar/2)*2:ih", "setsar=1"]
        if pictures.isHighDynamicRange {
            filters =
                [
                    "zscale=t=linear:npl=100", "format=gbrpf32le", "zscale=p=bt709", "tonemap=hable:desat=0",
                    "zscale=t=bt709:m=bt709:r=tv", "format=yuv420p",
                ] + filters
        }
        return filters.joined(separator: ",")
    }

    private static func points(_ side: Int, _ scale: Double) -> Int { max(2, Int(Double(side) * scale) / 2 * 2) }

    private func make(_ target: FilmFile, _ arguments: [String], of file: FilmFile, seconds: Int) async throws {
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffmpeg",
                arguments: ["-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", "\(costs.threads)"]
                    + arguments,
                readable: [file.path], directory: URL(filePath: target.path).deletingLastPathComponent().path,
                limits: ChildLimits(
                    memory: costs.memory, processorSeconds: seconds, fileSize: 32 << 20,
                    wallTime: .seconds(3 * seconds))))
        try Self.judge(outcome, of: "ffmpeg")
    }
}
