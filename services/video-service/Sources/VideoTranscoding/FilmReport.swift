import Foundation
import VideoDomain

/// What ffprobe says of a film. Every number in it is a stranger's.
struct FilmReport: Decodable {
    /// What it is asked for: nothing that is as long as whoever made the film likes, but tags of languages.
    static let entries = [
        "format=duration,start_time",
        "stream=index,codec_type,codec_name,profile,width,height,sample_aspect_ratio,pix_fmt,color_transfer,color_primaries,"
            + "color_space,field_order,avg_frame_rate,channels,sample_rate,bit_rate,nb_frames,start_time,duration",
        "stream_tags=language", "stream_disposition=attached_pic,forced", "stream_side_data=rotation",
    ].joined(separator: ":")

    struct Container: Decodable {
        var duration: String?
        var startTime: String?
    }

    struct Stream: Decodable {
        var index: Int?
        var codecType: String?
        var codecName: String?
        var width: Int?
        var height: Int?
        var sampleAspectRatio: String?
        var profile: String?
        var pixFmt: String?
        var colorTransfer: String?
        var colorPrimaries: String?
        var colorSpace: String?
        var fieldOrder: String?
        var avgFrameRate: String?
        var channels: Int?
        var sampleRate: String?
        var bitRate: String?
        var nbFrames: String?
        var startTime: String?
        var duration: String?
        var tags: [String: String]?
        var disposition: [String: Int]?
        var sideDataList: [SideData]?
    }

    struct SideData: Decodable {
        var rotation: Double?
    }

    var format: Container?
    var streams: [Stream]?

    /// As far as the file says it: no time at all where it does not say how long it lasts.
    var film: Film {
        let streams = streams ?? []
        let pictures = streams.first { $0.codecType == "video" && $0.disposition?["attached_pic"] != 1 }
        let sounds = streams.filter { $0.codecType == "audio" }
        // A container may say nothing of it, or of a track alone.
        let said = [format?.duration] + streams.map(\.duration)
        let seconds = said.lazy.compactMap { Self.number($0) }.first { $0 > 0 } ?? 0
        let start = Self.number(format?.startTime) ?? 0
        return Film(
            milliseconds: Int64(min(seconds, 1e9) * 1_000), pictures: pictures.flatMap { Self.pictures($0, start) },
            sounds: sounds.compactMap { Self.sound($0, start, seconds) },
            subtitles: streams.compactMap(Self.subtitles))
    }

    private static func pictures(_ stream: Stream, _ filmStart: Double) -> Film.Pictures? {
        guard let index = stream.index, let codec = stream.codecName, let width = stream.width,
            let height = stream.height
        else { return nil }
        let turned = stream.sideDataList?.lazy.compactMap(\.rotation).first ?? 0
        return Film.Pictures(
            index: index, codec: codec, codedWidth: width, codedHeight: height, rotation: rotation(turned),
            pointWidth: ratio(stream.sampleAspectRatio, ":").flatMap { (0.1...10).contains($0) ? $0 : nil } ?? 1,
            frameRate: ratio(stream.avgFrameRate, "/").flatMap { (0.00001...1_000).contains($0) ? $0 : nil },
            pixelFormat: stream.pixFmt ?? "unknown", transfer: stream.colorTransfer, primaries: stream.colorPrimaries,
            matrix: stream.colorSpace, isInterlaced: ["tt", "bb", "tb", "bt"].contains(stream.fieldOrder ?? ""),
            start: start(of: stream, filmStart))
    }

    private static func sound(_ stream: Stream, _ filmStart: Double, _ filmSeconds: Double) -> Film.Sound? {
        guard let index = stream.index, let codec = stream.codecName else { return nil }
        return Film.Sound(
            index: index, codec: codec, channels: stream.channels ?? 0, language: language(stream),
            canBeCopied: isPlain(stream) && fills(stream, filmSeconds) && start(of: stream, filmStart) <= 0.05)
    }

    /// AAC as every browser has it, of no more bits than are made of others.
    private static func isPlain(_ stream: Stream) -> Bool {
        stream.codecName == "aac" && stream.profile == "LC" && (1...2).contains(stream.channels ?? 0)
            && ["44100", "48000"].contains(stream.sampleRate ?? "")
            && number(stream.bitRate).map { $0 <= 200_000 } == true
    }

    /// Whether it sounds all the time, by how many packets it has of AAC's 1,024 samples each: a hole would have to be filled.
    private static func fills(_ stream: Stream, _ filmSeconds: Double) -> Bool {
        guard let packets = number(stream.nbFrames), let rate = number(stream.sampleRate), rate > 0,
            let own = number(stream.duration)
        else { return false }
        return (packets * 1_024 / rate - own).magnitude < 0.1 && (own - filmSeconds).magnitude < 0.5
    }

    private static func subtitles(_ stream: Stream) -> Film.Subtitles? {
        let codecs: Set = ["subrip", "ass", "ssa", "mov_text", "webvtt", "text"]
        guard stream.codecType == "subtitle", codecs.contains(stream.codecName ?? ""), let index = stream.index
        else { return nil }
        return Film.Subtitles(
            index: index, language: language(stream), isForced: stream.disposition?["forced"] == 1)
    }

    private static func language(_ stream: Stream) -> String? {
        stream.tags?["language"].flatMap { tag in
            (2...3).contains(tag.utf8.count) && tag.utf8.allSatisfy { (0x61...0x7A).contains($0) } && tag != "und"
                ? tag : nil
        }
    }

    /// Seconds behind the film's beginning; none where that is nonsense.
    private static func start(of stream: Stream, _ filmStart: Double) -> Double {
        guard let own = number(stream.startTime), (0...1e9).contains(own - filmStart) else { return 0 }
        return own - filmStart
    }

    private static func number(_ text: String?) -> Double? {
        text.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    /// ffmpeg says how far to turn against the clock, by any angle; what is not straight is shown as it is.
    private static func rotation(_ turned: Double) -> Int {
        guard turned.isFinite, turned.magnitude <= 3_600 else { return 0 }
        let clockwise = (Int((-turned).rounded()) % 360 + 360) % 360
        return clockwise % 90 == 0 ? clockwise : 0
    }

    private static func ratio(_ text: String?, _ separator: Character) -> Double? {
        guard let parts = text?.split(separator: separator), parts.count == 2, let above = Double(parts[0]),
            let below = Double(parts[1]), below > 0, above > 0
        else { return nil }
        return above / below
    }
}
