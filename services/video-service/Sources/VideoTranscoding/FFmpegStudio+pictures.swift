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
                    "thumbnail=25," + Self.shown(pictures, width, height), "-pix_fmt", "yuvj420p", "-q:v", "3", "-f",
                    "image2", "-update", "1", picture.path,
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
                "fps=1000/\(strip.interval):start_time=0:eof_action=pass,"
                    + Self.shown(pictures, strip.width, strip.height)
                    // Behind the last of them, which may be long before the end, it stays.
                    + ",tpad=stop_mode=clone:stop=\(strip.columns * strip.rows)"
                    + ",tile=\(strip.columns)x\(strip.rows)",
                "-pix_fmt", "yuvj420p", "-q:v", "4", "-f", "image2", "-update", "1", picture.path,
            ], of: file, seconds: 900)
        guard FileManager.default.fileExists(atPath: picture.path) else { throw Unprocessable(.unreadable) }
    }

    /// Filters that make of pictures as they are stored what is shown, so large: whole pictures, square points, and colours that every
    /// screen has. Turning is ffmpeg's own, and comes first.
    static func shown(_ pictures: Film.Pictures, _ width: Int, _ height: Int, how: String = "") -> String {
        var filters = pictures.isInterlaced ? ["yadif=deint=interlaced"] : []
        // Smaller before anything else: of what follows each point costs much.
        filters += ["scale=\(width):\(height)\(how)", "setsar=1"]
        if pictures.isHighDynamicRange {
            // What the file does not say of its colours is what such films are made with.
            func known(_ said: String?, _ names: [String]) -> String { names.first { $0 == said } ?? names[0] }
            let primaries = known(pictures.primaries, ["bt2020", "smpte432", "bt709"])
            let transfer = known(pictures.transfer, ["smpte2084", "arib-std-b67"])
            let matrix = known(pictures.matrix, ["bt2020nc", "bt2020c", "bt709"])
            filters += [
                "format=yuv420p10le",
                "setparams=color_primaries=\(primaries):color_trc=\(transfer):colorspace=\(matrix):range=tv",
                "zscale=t=linear:npl=100", "format=gbrpf32le", "zscale=p=bt709", "tonemap=hable:desat=0",
                "zscale=t=bt709:m=bt709:r=tv", "format=yuv420p",
            ]
        }
        return filters.joined(separator: ",")
    }

    private static func points(_ side: Int, _ scale: Double) -> Int { max(2, Int(Double(side) * scale) / 2 * 2) }

    private func make(_ target: FilmFile, _ arguments: [String], of file: FilmFile, seconds: Int) async throws {
        let limits = ChildLimits(
            memory: costs.memory, processorSeconds: seconds, fileSize: 32 << 20, wallTime: .seconds(3 * seconds))
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffmpeg",
                arguments: ["-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", "\(costs.threads)"]
                    + arguments,
                readable: [file.path], directory: URL(filePath: target.path).deletingLastPathComponent().path,
                limits: limits))
        try Self.judge(outcome, of: "ffmpeg", limits)
        try Self.requireRoom(at: URL(filePath: target.path).deletingLastPathComponent().path)
    }
}
