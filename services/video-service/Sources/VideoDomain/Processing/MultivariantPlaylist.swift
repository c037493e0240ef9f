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

    public var variants: [Variant]
    public var sounds: [Sound]

    public init(variants: [Variant], sounds: [Sound]) {
        self.variants = variants
        self.sounds = sounds
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
        let (peak, average) = (sounds.map(\.peakBits).max() ?? 0, sounds.map(\.averageBits).max() ?? 0)
        var codecs: [String] = []
        for sound in sounds where !codecs.contains(sound.codec) { codecs.append(sound.codec) }
        for variant in variants {
            var attributes = ["RESOLUTION=\(variant.width)x\(variant.height)"]
            if let rate = variant.frameRate { attributes.append("FRAME-RATE=" + String(format: "%.3f", rate)) }
            if !sounds.isEmpty { attributes.append("AUDIO=\"sound\"") }
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

    /// Names are unlike each other within a group (§4.3.4.1.1).
    private func media(_ sound: Sound, _ index: Int) -> String {
        var attributes = [
            "TYPE=AUDIO", "GROUP-ID=\"sound\"",
            "NAME=\"\(sound.language.map { "\(index + 1) \($0)" } ?? "\(index + 1)")\"",
        ]
        if let language = sound.language { attributes.append("LANGUAGE=\"\(language)\"") }
        attributes += [
            index == 0 ? "DEFAULT=YES" : "DEFAULT=NO", "AUTOSELECT=YES", "CHANNELS=\"\(sound.channels)\"",
            "URI=\"\(sound.playlist)\"",
        ]
        return "#EXT-X-MEDIA:" + attributes.joined(separator: ",")
    }
}
