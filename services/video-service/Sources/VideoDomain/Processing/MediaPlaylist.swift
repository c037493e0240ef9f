/// A media playlist as ffmpeg writes it of one rendition in one file (RFC 8216 §4.3): as much of it as decides what the multivariant one
/// says.
public struct MediaPlaylist: Sendable, Hashable {
    public struct Segment: Sendable, Hashable {
        public var seconds: Double
        /// Bytes; nil where the segment is a file of its own.
        public var size: Int64?

        public init(seconds: Double, size: Int64?) {
            self.seconds = seconds
            self.size = size
        }
    }

    public var segments: [Segment] = []
    /// Bytes of what comes before the first of them in the same file.
    public var mapSize: Int64 = 0
    private var lines: [Substring] = []

    /// Nil for what is none, or has no segments.
    public init?(_ text: String) {
        self.lines = text.split(whereSeparator: \.isNewline)
        var lines = lines[...]
        guard lines.popFirst() == "#EXTM3U" else { return nil }
        var (seconds, size): (Double?, Int64?) = (nil, nil)
        for line in lines {
            if line.hasPrefix("#EXTINF:") {
                seconds = Double(line.dropFirst("#EXTINF:".count).prefix { $0 != "," })
            } else if line.hasPrefix("#EXT-X-BYTERANGE:") {
                size = Int64(line.dropFirst("#EXT-X-BYTERANGE:".count).prefix { $0 != "@" })
            } else if line.hasPrefix("#EXT-X-MAP:"), let range = line.firstRange(of: "BYTERANGE=\"") {
                mapSize = Int64(line[range.upperBound...].prefix { $0.isNumber }) ?? 0
            } else if !line.hasPrefix("#") {
                guard let length = seconds, length.isFinite, length > 0 else { return nil }
                segments.append(Segment(seconds: length, size: size))
                (seconds, size) = (nil, nil)
            }
        }
        if segments.isEmpty { return nil }
    }

    /// Bytes of the one file that all of it lies in, one behind another.
    public var fileSize: Int64 { segments.reduce(mapSize) { $0 + ($1.size ?? 0) } }

    public var seconds: Double { segments.reduce(0) { $0 + $1.seconds } }

    /// The longest, in whole seconds (§4.3.3.1).
    public var targetSeconds: Int { Int(segments.map { $0.seconds.rounded() }.max() ?? 1) }

    /// As it is, with another longest segment: those of one film have the same (§6.2.4).
    public func text(targetSeconds: Int) -> String {
        let tag = "#EXT-X-TARGETDURATION:"
        return lines.map { $0.hasPrefix(tag) ? tag + "\(targetSeconds)" : String($0) }.joined(separator: "\n") + "\n"
    }

    /// Bits a second of the segments in a row that have most of them, of all that last half as long as one may to half as long again
    /// (§4.1); of all there are, where there are fewer.
    public func peakBits(targetSeconds: Int) -> Int {
        let bounds = (Double(targetSeconds) * 0.5)...(Double(targetSeconds) * 1.5)
        var peak = 0.0
        for start in segments.indices {
            var (length, bits) = (0.0, 0.0)
            for segment in segments[start...] {
                length += segment.seconds
                bits += Double(segment.size ?? 0) * 8
                if length > bounds.upperBound { break }
                if length >= bounds.lowerBound { peak = max(peak, bits / length) }
            }
        }
        return max(Self.whole(peak), averageBits)
    }

    public var averageBits: Int {
        Self.whole(segments.reduce(0) { $0 + Double($1.size ?? 0) } * 8 / max(seconds, 0.001))
    }

    private static func whole(_ bits: Double) -> Int { Int(exactly: bits.rounded(.up)) ?? Int(Int32.max) }
}
