import Encodings

/// A string of a document, as it stands there between its quotes. Valid as long as the document's bytes are.
public struct JSONText {
    /// With the escapes as they were written.
    public let written: UnsafeBufferPointer<UInt8>
    public let hasEscapes: Bool
    private let isASCII: Bool

    init(_ written: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, isASCII: Bool) {
        self.written = written
        self.hasEscapes = hasEscapes
        self.isASCII = isASCII
    }

    /// What it says.
    ///
    /// Fails: `invalidText` for broken UTF-8, half of a surrogate pair, and U+0000, which no text of ours may hold.
    public func read() throws(JSONScanner.Fault) -> String {
        if !hasEscapes {
            // Asking whether it is valid costs several times what making it does.
            return isASCII ? String(decoding: written, as: UTF8.self) : try valid(written)
        }
        let text = try valid(try unescaped())
        // Without escapes the grammar has none.
        guard !text.utf8.contains(0) else { throw .invalidText("It holds U+0000.") }
        return text
    }

    private func valid(_ utf8: some Collection<UInt8>) throws(JSONScanner.Fault) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw .invalidText("It is not valid UTF-8.") }
        return text
    }

    private func unescaped() throws(JSONScanner.Fault) -> [UInt8] {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(written.count)
        var at = 0
        while at < written.count {
            guard written[at] == UInt8(ascii: "\\") else {
                utf8.append(written[at])
                at += 1
                continue
            }
            switch written[at + 1] {
            case UInt8(ascii: "b"): utf8.append(0x08)
            case UInt8(ascii: "f"): utf8.append(0x0c)
            case UInt8(ascii: "n"): utf8.append(0x0a)
            case UInt8(ascii: "r"): utf8.append(0x0d)
            case UInt8(ascii: "t"): utf8.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = try scalar(at: at)
                utf8.append(contentsOf: String(Character(scalar)).utf8)
                at += length
                continue
            // A quotation mark, a backslash, a slash: there is no other escape in the grammar.
            case let byte: utf8.append(byte)
            }
            at += 2
        }
        return utf8
    }

    /// What the `\uXXXX` at `at` stands for, with the other half if it is one of a pair, and the bytes that takes.
    private func scalar(at place: Int) throws(JSONScanner.Fault) -> (Unicode.Scalar, length: Int) {
        let first = codeUnit(at: place)
        if let first, let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        if let first, first < 0xdc00, let second = codeUnit(at: place + 6), (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        {
            return (scalar, 12)
        }
        throw .invalidText("It holds half of a surrogate pair.")
    }

    /// Nil where there is no `\uXXXX`.
    private func codeUnit(at place: Int) -> UInt32? {
        guard place + 6 <= written.count, written[place] == UInt8(ascii: "\\"), written[place + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for byte in written[place + 2..<place + 6] {
            guard let digit = Hexadecimal.value(of: byte) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}
