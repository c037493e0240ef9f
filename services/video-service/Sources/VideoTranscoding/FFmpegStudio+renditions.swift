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
        let seconds = max(1, Int(Double(600 + 40 * length) * costs.patience))
        let limits = ChildLimits(
            memory: costs.memory, processorSeconds: seconds, fileSize: Self.mostBytes(ladder, length, file),
            wallTime: .seconds(seconds))
        let report = ProgressReport(milliseconds: film.milliseconds, progress)
        let outcome = try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/ffmpeg",
                arguments: [
                    "-nostdin", "-hide_banner", "-v", "error", "-y", "-progress", "pipe:1", "-stats_period", "1",
                    "-threads", "\(costs.threads)",
                ] + Self.caution + ["-i", file.path] + outputs(ladder, film),
                readable: [file.path], directory: place.path, limits: limits, longestOutput: 64 << 20,
                keepsOutput: false)
        ) { await report.hear($0) }
        try Self.judge(outcome, of: "ffmpeg", limits)
        try Self.requireRoom(at: place.path)
        return try playlist(of: ladder, film, in: place)
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
            words += ["-map", "0:\(sound.index)"] + Self.coding(sound, film) + Self.segments("sound-\(index + 1)")
        }
        for (index, track) in ladder.subtitles.enumerated() {
            words += [
                "-map", "0:\(track.index)", "-c:s", "webvtt", "-map_metadata", "-1", "-f", "webvtt",
                "subtitles-\(index + 1).vtt",
            ]
        }
        return words
    }

    /// Sound lasts as long as the pictures, with silence where there is none: a player waits for what it does not find.
    private static func coding(_ sound: Film.Sound, _ film: Film) -> [String] {
        if sound.canBeCopied { return ["-c:a", "copy"] }
        let end = film.pictures == nil ? "" : ",apad=whole_dur=\(film.milliseconds)ms"
        return [
            "-af", "aresample=async=1:first_pts=0\(end)", "-c:a", "aac", "-b:a", "128k", "-ac",
            "\(min(2, sound.channels))", "-ar", "48000",
        ]
    }

    /// One picture for each rung: from the first moment on, no more of them than the ladder has, and no fewer where they are rare.
    private static func filters(_ rungs: [Ladder.Rung], _ pictures: Film.Pictures, _ ladder: Ladder) -> String {
        var chain: [String] = []
        let (rate, wanted) = (pictures.frameRate, ladder.frameRate)
        if pictures.start >= latestStart {
            chain.append("fps=\(wanted ?? 25):start_time=0")
        } else if let rate, let wanted, rate != wanted {
            chain.append("fps=\(wanted)")
        }
        let how = ":flags=bicubic"
        if pictures.isHighDynamicRange || pictures.isInterlaced, let largest = rungs.first {
            chain.append(shown(pictures, largest.width, largest.height, how: how))
        }
        chain.append("split=\(rungs.count)" + rungs.map { "[s\($0.name)]" }.joined())
        let scaled = rungs.map { "[s\($0.name)]scale=\($0.width):\($0.height)\(how),setsar=1[\($0.name)]" }
        return "[0:\(pictures.index)]" + chain.joined(separator: ",") + ";" + scaled.joined(separator: ";")
    }

    private static func segments(_ name: String) -> [String] {
        [
            // Times stay as they are: moved to where none is negative, each rendition would be moved by another time.
            "-avoid_negative_ts", "disabled", "-map_metadata", "-1", "-map_chapters", "-1", "-f", "hls", "-hls_time",
            "\(Ladder.segmentSeconds)",
            "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags",
            "single_file+independent_segments", "-hls_segment_filename", "\(name).mp4", "\(name).m3u8",
        ]
    }

    private func playlist(of ladder: Ladder, _ film: Film, in place: Workplace) throws -> MultivariantPlaylist {
        func read(_ name: String) throws -> MediaPlaylist {
            guard let text = try? String(contentsOfFile: place.file("\(name).m3u8").path, encoding: .utf8),
                let playlist = MediaPlaylist(text)
            else { throw Unprocessable(.unreadable) }
            // Whatever took the rest of it, it was nothing in the film.
            let size =
                try? FileManager.default.attributesOfItem(atPath: place.file("\(name).mp4").path)[.size] as? Int
            guard let size, Int64(size) >= playlist.fileSize else {
                throw StudioFault(
                    program: "ffmpeg", end: .exited(0),
                    complaints: "\(name).mp4 has \(size ?? 0) of \(playlist.fileSize) bytes")
            }
            return playlist
        }
        let rungs = try ladder.rungs.map { ($0, try read($0.name)) }
        let sounds = try ladder.sounds.enumerated().map { ($1, "sound-\($0 + 1)", try read("sound-\($0 + 1)")) }
        let lists = rungs.map(\.1) + sounds.map(\.2)
        // One that ends long before it says is cut, and what is left of it no more than a part.
        let length = (rungs.first?.1 ?? sounds.max { $0.2.seconds < $1.2.seconds }?.2)?.seconds ?? 0
        guard length >= film.seconds * 0.9 - 2 else { throw Unprocessable(.unreadable) }
        let target = lists.map(\.targetSeconds).max() ?? 1
        for (name, list) in rungs.map({ ($0.0.name, $0.1) }) + sounds.map({ ($0.1, $0.2) }) {
            try place.write(list.text(targetSeconds: target), to: place.file("\(name).m3u8"))
        }
        let variants = try rungs.map { rung, list in
            guard let codec = CodecName.avc(ofFile: place.file("\(rung.name).mp4").path) else {
                throw Unprocessable(.unreadable)
            }
            return MultivariantPlaylist.Variant(
                playlist: "\(rung.name).m3u8", peakBits: list.peakBits(targetSeconds: target),
                averageBits: list.averageBits, codec: codec, width: rung.width, height: rung.height,
                frameRate: ladder.frameRate)
        }
        return MultivariantPlaylist(
            variants: variants,
            sounds: sounds.map { sound, name, list in
                MultivariantPlaylist.Sound(
                    playlist: "\(name).m3u8", peakBits: list.peakBits(targetSeconds: target),
                    averageBits: list.averageBits, codec: "mp4a.40.2", channels: min(2, sound.channels),
                    language: sound.language)
            },
            subtitles: try ladder.subtitles.enumerated().compactMap { index, track in
                try words(track, "subtitles-\(index + 1)", film, in: place)
            })
    }

    /// Nil for a track that has none, or far more than somebody says.
    private func words(
        _ track: Film.Subtitles, _ name: String, _ film: Film, in place: Workplace
    ) throws -> MultivariantPlaylist.Words? {
        let file = place.file("\(name).vtt")
        let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        guard let size, size <= SubtitleTrack.longest,
            let text = try? String(contentsOfFile: file.path, encoding: .utf8), let made = SubtitleTrack(webVTT: text)
        else { return nil }
        try place.write(made.text, to: file)
        try place.write(
            SubtitleTrack.playlist(of: "\(name).vtt", seconds: film.seconds), to: place.file("\(name).m3u8"))
        return MultivariantPlaylist.Words(
            playlist: "\(name).m3u8", language: track.language, isForced: track.isForced)
    }
}

/// Reads what `-progress` tells: lines of names and values.
private actor ProgressReport {
    private let milliseconds: Int64
    private let tell: @Sendable (Double) -> Void
    private var lines = SaidLines(longest: 200)

    init(milliseconds: Int64, _ tell: @escaping @Sendable (Double) -> Void) {
        self.milliseconds = milliseconds
        self.tell = tell
    }

    func hear(_ bytes: [UInt8]) {
        let name = "out_time_us="
        lines.hear(bytes) { line in
            guard line.hasPrefix(name), let done = Double(line.dropFirst(name.count)), milliseconds > 0 else { return }
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
