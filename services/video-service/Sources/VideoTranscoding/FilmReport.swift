import Foundation
import VideoDomain

/// What ffprobe says of a film. Every number in it is a stranger's.
struct FilmReport: Decodable {
    /// What it is asked for: nothing that is as long as whoever made the film likes, but tags of languages.
    static let entries = [
        "format=duration",
        "stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,pix_fmt,color_transfer,avg_frame_rate,channels,duration",
        "stream_tags=language", "stream_disposition=attached_pic", "stream_side_data=rotation",
    ].joined(separator: ":")

    struct Container: Decodable {
        var duration: String?
    }

    struct Stream: Decodable {
        var index: Int?
        var codecType: String?
        var codecName: String?
        var width: Int?
        var height: Int?
        var sampleAspectRatio: String?
        var pixFmt: String?
        var colorTransfer: String?
        var avgFrameRate: String?
        var channels: Int?
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

    var film: Film {
        let streams = streams ?? []
        let pictures = streams.first { $0.codecType == "video" && $0.disposition?["attached_pic"] != 1 }
        let sounds = streams.filter { $0.codecType == "audio" }
        // A container may say nothing of it, or of a track alone.
        let said = [format?.duration] + streams.map(\.duration)
        let seconds = said.lazy.compactMap { $0.flatMap(Double.init) }.first { $0.isFinite && $0 > 0 } ?? 0
        return Film(
            milliseconds: Int64(min(seconds, 1e9) * 1_000), pictures: pictures.flatMap(Self.pictures),
            sounds: sounds.compactMap(Self.sound))
    }

    private static func pictures(_ stream: Stream) -> Film.Pictures? {
        guard let index = stream.index, let codec = stream.codecName, let width = stream.width,
            let height = stream.height
        else { return nil }
        let turned = stream.sideDataList?.lazy.compactMap(\.rotation).first ?? 0
        return Film.Pictures(
            index: index, codec: codec, codedWidth: width, codedHeight: height, rotation: rotation(turned),
            pointWidth: ratio(stream.sampleAspectRatio, ":").flatMap { (0.1...10).contains($0) ? $0 : nil } ?? 1,
            frameRate: ratio(stream.avgFrameRate, "/").flatMap { (0.01...1_000).contains($0) ? $0 : nil },
            pixelFormat: stream.pixFmt ?? "unknown", transfer: stream.colorTransfer)
    }

    private static func sound(_ stream: Stream) -> Film.Sound? {
        guard let index = stream.index, let codec = stream.codecName else { return nil }
        let language = stream.tags?["language"].flatMap { tag in
            (2...3).contains(tag.utf8.count) && tag.utf8.allSatisfy { (0x61...0x7A).contains($0) } && tag != "und"
                ? tag : nil
        }
        return Film.Sound(index: index, codec: codec, channels: stream.channels ?? 0, language: language)
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
