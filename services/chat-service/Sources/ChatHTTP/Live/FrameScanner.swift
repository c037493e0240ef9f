/// Walks over the bytes of one JSON document (RFC 8259) without building a tree: a frame is small, flat and comes
/// thousands of times a second.
///
/// Strict like the platform's JSON reader: no leniency in the grammar, nesting at most 64 deep, no lone surrogates.
/// The bytes must be UTF-8 already; the socket has checked that.
struct FrameScanner {
    /// The bytes are no JSON document; nothing more can be said of them.
    struct Malformed: Error {}

    static let maximumDepth = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The next byte that is no white space; nil at the end.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard take(byte) else { throw Malformed() }
    }

    // MARK: Strings

    /// The bytes between the quotes, and whether there are escapes among them.
    mutating func rawString() throws(Malformed) -> (text: UnsafeBufferPointer<UInt8>, isEscaped: Bool) {
        try expect(UInt8(ascii: "\""))
        let start = position
        var isEscaped = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
                position += 1
                return (text, isEscaped)
            }
            guard byte >= 0x20 else { throw Malformed() }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        throw Malformed()
    }

    mutating func string() throws(Malformed) -> String {
        let (text, isEscaped) = try rawString()
        return isEscaped ? try Self.unescaped(text) : String(decoding: text, as: UTF8.self)
    }

    /// Fails for what is no escape, and for half of a surrogate pair.
    static func unescaped(_ text: UnsafeBufferPointer<UInt8>) throws(Malformed) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var at = 0
        while at < text.count {
            guard text[at] == UInt8(ascii: "\\") else {
                decoded.append(text[at])
                at += 1
                continue
            }
            switch text[at + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(text[at + 1])
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0c)
            case UInt8(ascii: "n"): decoded.append(0x0a)
            case UInt8(ascii: "r"): decoded.append(0x0d)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                at += try unescapeScalar(text, at + 2, into: &decoded)
                continue
            default: throw Malformed()
            }
            at += 2
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Decodes the `\uXXXX` whose digits start at `at`, with its second half if it is one of a pair, and returns how
    /// many bytes that were.
    private static func unescapeScalar(
        _ text: UnsafeBufferPointer<UInt8>, _ at: Int, into decoded: inout [UInt8]
    ) throws(Malformed) -> Int {
        let first = try codeUnit(text, at)
        if let scalar = Unicode.Scalar(first) {
            decoded.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            return 6
        }
        guard (0xd800..<0xdc00).contains(first), at + 6 <= text.count, text[at + 4] == UInt8(ascii: "\\"),
            text[at + 5] == UInt8(ascii: "u")
        else { throw Malformed() }
        let second = try codeUnit(text, at + 6)
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
        else { throw Malformed() }
        decoded.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        return 12
    }

    private static func codeUnit(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) throws(Malformed) -> UInt16 {
        guard at + 4 <= text.count else { throw Malformed() }
        var unit: UInt16 = 0
        for byte in text[at..<at + 4] {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Malformed() }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    // MARK: Other values

    /// An integer that fits, however it is written: `1.0` and `1e0` are 1. Nil for any other number.
    mutating func integer() throws(Malformed) -> Int64? {
        let text = try number()
        if text.count <= 20, let plain = Int64(String(decoding: text, as: UTF8.self)) { return plain }
        return ExactInteger.value(of: text)
    }

    private mutating func number() throws(Malformed) -> UnsafeBufferPointer<UInt8> {
        _ = peek()
        let start = position
        if here == UInt8(ascii: "-") { position += 1 }
        let leadingZero = here == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits > 0, !leadingZero || digits == 1 else { throw Malformed() }
        if here == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() > 0 else { throw Malformed() }
        }
        if here == UInt8(ascii: "e") || here == UInt8(ascii: "E") {
            position += 1
            if here == UInt8(ascii: "+") || here == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw Malformed() }
        }
        return UnsafeBufferPointer(rebasing: bytes[start..<position])
    }

    private var here: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = here, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    mutating func literal(_ word: StaticString) throws(Malformed) {
        _ = peek()
        let end = position + word.utf8CodeUnitCount
        let matches = end <= bytes.count && word.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
        guard matches else { throw Malformed() }
        position = end
    }

    /// Passes over a value of any kind, checking its grammar. `depth` is 1 for the document itself.
    mutating func skipValue(depth: Int = 2) throws(Malformed) {
        guard depth <= Self.maximumDepth else { throw Malformed() }
        switch peek() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            position += 1
            if take(UInt8(ascii: "}")) { return }
            repeat {
                _ = try string()
                try expect(UInt8(ascii: ":"))
                try skipValue(depth: depth + 1)
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"))
        case UInt8(ascii: "["):
            position += 1
            if take(UInt8(ascii: "]")) { return }
            repeat { try skipValue(depth: depth + 1) } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }
}
