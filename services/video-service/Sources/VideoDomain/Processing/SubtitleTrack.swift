import Foundation

/// A track of words as HLS has it: WebVTT in one segment, which lasts as long as the film (RFC 8216 §3.5).
public struct SubtitleTrack: Sendable, Hashable {
    /// With where its times lie on the clock of the other tracks, which begin with it.
    public let text: String

    /// Bytes; beyond that it is hardly words.
    public static let longest = 4 << 20

    /// Nil for what is no WebVTT, or has nothing to show.
    public init?(webVTT text: String) {
        let mark = "WEBVTT\n"
        guard text.hasPrefix(mark), text.utf8.count <= Self.longest, text.contains(" --> ") else { return nil }
        self.text = mark + "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n" + text.dropFirst(mark.count)
    }

    /// Of a film that lasts so long.
    public static func playlist(of file: String, seconds: Double) -> String {
        let length = max(0.001, seconds)
        return """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:\(Int(length.rounded(.up)))
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXTINF:\(String(format: "%.3f", length)),
            \(file)
            #EXT-X-ENDLIST

            """
    }
}
