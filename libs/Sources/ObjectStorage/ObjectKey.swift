/// The name of an object: segments of `A-Z a-z 0-9 . _ -` joined by `/`, at most 200 bytes.
///
/// No segment is empty or begins with a dot, so a key is a valid S3 key, needs no escaping in a URL path, and can never
/// leave the directory an embedded store keeps its objects in.
public struct ObjectKey: Hashable, Sendable {
    public static let longest = 200

    private let text: String

    public init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count) else { return nil }
        var startsSegment = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                if startsSegment { return nil }
                startsSegment = true
            case UInt8(ascii: "."):
                if startsSegment { return nil }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                startsSegment = false
            default:
                return nil
            }
        }
        if startsSegment { return nil }
        self.text = text
    }
}

extension ObjectKey: LosslessStringConvertible {
    public var description: String { text }
}
