import Foundation

/// The multivariant playlist of a ladder (RFC 8216 §4.3.4): what a player chooses from.
public struct MultivariantPlaylist: Sendable, Hashable {
    /// A size of the pictures, without sound.
    public struct Variant: Sendable, Hashable {
        public var playlist: String
        public var peakBits: Int
        public var averageBits: Int
        /// By RFC 6381.
        public var codec: String
        public var width: Int
        public var height: Int
        public var frameRate: Double?

        public init(
            playlist: String, peakBits: Int, averageBits: Int, codec: String, width: Int, height: Int,
            frameRate: Double?
        ) {
            self.playlist = playlist
            self.peakBits = peakBits
            self.averageBits = averageBits
            self.codec = codec
            self.width = width
            self.height = height
            self.frameRate = frameRate
        }
    }

    /// A track of sound.
    public struct Sound: Sendable, Hashable {
        public var playlist: String
        public var peakBits: Int
        public var averageBits: Int
        public var codec: String
        public var channels: Int
        public var language: String?

        public init(
            playlist: String, peakBits: Int, averageBits: Int, codec: String, channels: Int, language: String?
        ) {
            self.playlist = playlist
            self.peakBits = peakBits
            self.averageBits = averageBits
            self.codec = codec
            self.channels = channels
            self.language = language
        }
    }

    /// A track of words (WebVTT).
    public struct Words: Sendable, Hashable {
        public var playlist: String
        public var language: String?
        public var isForced: Bool

        public init(playlist: String, language: String?, isForced: Bool) {
            self.playlist = playlist
            self.language = language
            self.isForced = isForced
        }
    }

    public var variants: [Variant]
    public var sounds: [Sound]
    public var subtitles: [Words]

    public init(variants: [Variant], sounds: [Sound], subtitles: [Words] = []) {
        self.variants = variants
        self.sounds = sounds
        self.subtitles = subtitles
    }

    /// Every attribute of it was made here: nothing a stranger wrote stands in quotes.
    public var text: String {
        var lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        // Sound alone is a variant itself; each of several tracks one, as there is nothing they belong to.
        if variants.isEmpty {
            for sound in sounds {
                lines.append(stream(sound.peakBits, sound.averageBits, [sound.codec], []))
                lines.append(sound.playlist)
            }
            return lines.joined(separator: "\n") + "\n"
        }
        for (index, sound) in sounds.enumerated() { lines.append(media(sound, index)) }
        for (index, words) in subtitles.enumerated() { lines.append(media(words, index)) }
        let (peak, average) = (sounds.map(\.peakBits).max() ?? 0, sounds.map(\.averageBits).max() ?? 0)
        var codecs: [String] = []
        for sound in sounds where !codecs.contains(sound.codec) { codecs.append(sound.codec) }
        for variant in variants {
            var attributes = ["RESOLUTION=\(variant.width)x\(variant.height)"]
            if let rate = variant.frameRate { attributes.append("FRAME-RATE=" + String(format: "%.3f", rate)) }
            if !sounds.isEmpty { attributes.append("AUDIO=\"sound\"") }
            if !subtitles.isEmpty { attributes.append("SUBTITLES=\"words\"") }
            lines.append(
                stream(variant.peakBits + peak, variant.averageBits + average, [variant.codec] + codecs, attributes))
            lines.append(variant.playlist)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func stream(_ peak: Int, _ average: Int, _ codecs: [String], _ attributes: [String]) -> String {
        let all =
            [
                "BANDWIDTH=\(max(1, peak))", "AVERAGE-BANDWIDTH=\(max(1, average))",
                "CODECS=\"\(codecs.joined(separator: ","))\"",
            ]
            + attributes
        return "#EXT-X-STREAM-INF:" + all.joined(separator: ",")
    }

    private func media(_ words: Words, _ index: Int) -> String {
        var attributes = ["TYPE=SUBTITLES", "GROUP-ID=\"words\""] + Self.name(index, words.language)
        attributes += [
            "DEFAULT=NO", "AUTOSELECT=YES", words.isForced ? "FORCED=YES" : "FORCED=NO", "URI=\"\(words.playlist)\"",
        ]
        return "#EXT-X-MEDIA:" + attributes.joined(separator: ",")
    }

    /// Names are unlike each other within a group (§4.3.4.1.1).
    private static func name(_ index: Int, _ language: String?) -> [String] {
        guard let language else { return ["NAME=\"\(index + 1)\""] }
        return ["NAME=\"\(index + 1) \(language)\"", "LANGUAGE=\"\(language)\""]
    }

    private func media(_ sound: Sound, _ index: Int) -> String {
        var attributes = ["TYPE=AUDIO", "GROUP-ID=\"sound\""] + Self.name(index, sound.language)
        attributes += [
            index == 0 ? "DEFAULT=YES" : "DEFAULT=NO", "AUTOSELECT=YES", "CHANNELS=\"\(sound.channels)\"",
            "URI=\"\(sound.playlist)\"",
        ]
        return "#EXT-X-MEDIA:" + attributes.joined(separator: ",")
    }
}
