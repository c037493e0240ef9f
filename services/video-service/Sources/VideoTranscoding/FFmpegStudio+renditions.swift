import ConfinedProcesses
import Foundation
public import VideoDomain

extension FFmpegStudio {
    /// All rungs and tracks of sound from one decoding, each as one file of fragments and its playlist. Places where a player may begin are
    /// the same in all rungs: by the clock, or where the source has them when its own pictures are one of the rungs.
    public func renditions(
        _ ladder: Ladder, of film: Film, in file: FilmFile, to place: Workplace,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> MultivariantPlaylist {
        let length = Int(film.milliseconds / 1_000) + 1
        // So slow is nothing that works: a machine with one old core takes a quarter of it for the longest ladder.
        let seconds = 600 + 40 * length
        let report = ProgressReport(milliseconds: film.milliseconds, progress)
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffmpeg",
                arguments: [
                    "-nostdin", "-hide_banner", "-v", "error", "-y", "-progress", "pipe:1", "-stats_period", "1",
                    "-threads", "\(costs.threads)",
                ] + Self.caution + ["-i", file.path] + outputs(ladder, film),
                readable: [file.path], directory: place.path,
                limits: ChildLimits(
                    memory: costs.memory, processorSeconds: seconds, fileSize: Self.mostBytes(ladder, length, file),
                    wallTime: .seconds(seconds)), longestOutput: 64 << 20)
        ) { await report.hear($0) }
        try Self.judge(outcome, of: "ffmpeg")
        return try playlist(of: ladder, in: place)
    }

    /// No rendition is larger than twice what its rate allows, and a copied one hardly larger than the source.
    private static func mostBytes(_ ladder: Ladder, _ seconds: Int, _ file: FilmFile) -> Int {
        let source = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        let bits =
            ladder.rungs.compactMap { rung in
                if case .coded(let most) = rung.making { most } else { nil }
            }.max() ?? 0
        return max(source + source / 4, bits / 4 * seconds) + (64 << 20)
    }

    private func outputs(_ ladder: Ladder, _ film: Film) -> [String] {
        var words: [String] = []
        let coded = ladder.rungs.filter { $0.making != .copied }
        let copies = coded.count < ladder.rungs.count
        if let pictures = film.pictures, !coded.isEmpty {
            words += ["-filter_complex", Self.filters(coded, pictures, ladder)]
        }
        for rung in ladder.rungs {
            guard let pictures = film.pictures else { break }
            switch rung.making {
            case .copied: words += ["-map", "0:\(pictures.index)", "-c:v", "copy"]
            case .coded(let most):
                words += [
                    "-map", "[\(rung.name)]", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf",
                    "23",
                    "-maxrate", "\(most)", "-bufsize", "\(2 * most)", "-pix_fmt", "yuv420p", "-sc_threshold", "0",
                    "-force_key_frames", copies ? "source" : "expr:gte(t,n_forced*\(Ladder.segmentSeconds))",
                    "-vsync", "vfr", "-threads", "\(costs.threads)",
                ]
                if copies { words += ["-g", "9999"] }
            }
            words += Self.segments(rung.name)
        }
        for (index, sound) in ladder.sounds.enumerated() {
            words += [
                "-map", "0:\(sound.index)", "-c:a", "aac", "-b:a", "128k", "-ac", "\(min(2, sound.channels))", "-ar",
                "48000",
            ]
            words += Self.segments("sound-\(index + 1)")
        }
        return words
    }

    private static func filters(_ rungs: [Ladder.Rung], _ pictures: Film.Pictures, _ ladder: Ladder) -> String {
        var shown = shown(pictures)
        if let rate = pictures.frameRate, let most = ladder.frameRate, rate > most { shown += ",fps=\(most)" }
        let names = rungs.map { "[s\($0.name)]" }.joined()
        let scaled = rungs.map { "[s\($0.name)]scale=\($0.width):\($0.height):flags=bicubic,setsar=1[\($0.name)]" }
        return "[0:\(pictures.index)]\(shown),split=\(rungs.count)\(names);" + scaled.joined(separator: ";")
    }

    private static func segments(_ name: String) -> [String] {
        [
            "-map_metadata", "-1", "-map_chapters", "-1", "-f", "hls", "-hls_time", "\(Ladder.segmentSeconds)",
            "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags",
            "single_file+independent_segments", "-hls_segment_filename", "\(name).mp4", "\(name).m3u8",
        ]
    }

    private func playlist(of ladder: Ladder, in place: Workplace) throws -> MultivariantPlaylist {
        func read(_ name: String) throws -> MediaPlaylist {
            guard let text = try? String(contentsOfFile: place.file("\(name).m3u8").path, encoding: .utf8),
                let playlist = MediaPlaylist(text)
            else { throw Unprocessable(.unreadable) }
            return playlist
        }
        let variants = try ladder.rungs.map { rung in
            let playlist = try read(rung.name)
            guard let codec = CodecName.avc(ofFile: place.file("\(rung.name).mp4").path) else {
                throw Unprocessable(.unreadable)
            }
            return MultivariantPlaylist.Variant(
                playlist: "\(rung.name).m3u8", peakBits: playlist.peakBits, averageBits: playlist.averageBits,
                codec: codec, width: rung.width, height: rung.height, frameRate: ladder.frameRate)
        }
        let sounds = try ladder.sounds.enumerated().map { index, sound in
            let playlist = try read("sound-\(index + 1)")
            return MultivariantPlaylist.Sound(
                playlist: "sound-\(index + 1).m3u8", peakBits: playlist.peakBits, averageBits: playlist.averageBits,
                codec: "mp4a.40.2", channels: min(2, sound.channels), language: sound.language)
        }
        return MultivariantPlaylist(variants: variants, sounds: sounds)
    }
}

/// Reads what `-progress` tells: lines of names and values.
private actor ProgressReport {
    private let milliseconds: Int64
    private let tell: @Sendable (Double) -> Void
    private var line: [UInt8] = []

    init(milliseconds: Int64, _ tell: @escaping @Sendable (Double) -> Void) {
        self.milliseconds = milliseconds
        self.tell = tell
    }

    func hear(_ bytes: [UInt8]) {
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < 1_000 { line.append(byte) }
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            let name = "out_time_us="
            guard text.hasPrefix(name), let done = Double(text.dropFirst(name.count)), milliseconds > 0 else {
                continue
            }
            tell(done / 1_000 / Double(milliseconds))
        }
    }
}

/// The names of codecs as playlists have them (RFC 6381).
enum CodecName {
    /// Of the H.264 track of a fragmented file: profile, constraints and level, from its decoder's configuration (ISO/IEC 14496-15
    /// §5.3.3.1). Nil where there is none.
    static func avc(ofFile path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path), let bytes = try? handle.read(upToCount: 4_096) else {
            return nil
        }
        guard let place = bytes.range(of: Data("avcC".utf8)), bytes.count >= place.upperBound + 4 else { return nil }
        let configuration = bytes[place.upperBound...].prefix(4)
        let named = configuration.dropFirst().map { String(format: "%02x", $0) }
        return configuration.first == 1 ? "avc1." + named.joined() : nil
    }
}
