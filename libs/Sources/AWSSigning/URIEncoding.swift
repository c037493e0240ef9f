/// Percent-encoding as signatures want it: all but RFC 3986's unreserved characters, in capitals.
enum URIEncoding {
    static func encode(_ text: some StringProtocol, keepingSlashes: Bool = false) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || keepingSlashes && byte == UInt8(ascii: "/") {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), capital(byte >> 4), capital(byte & 0x0f)]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Without dot segments (RFC 3986 §5.2.4) and empty ones: `/a/./b//../c` is `/a/c`. A slash at the end stays, and none
    /// comes of a dot there, as AWS's own clients have it.
    static func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = segments.popLast() } else { segments.append(part) }
        }
        return "/" + segments.joined(separator: "/") + (path.hasSuffix("/") && !segments.isEmpty ? "/" : "")
    }

    private static func capital(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
