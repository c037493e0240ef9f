import Encodings

extension JSONScanner {
    public mutating func null() throws(Fault) {
        guard takeWord("null") else { throw .malformed("a value is missing") }
    }

    public mutating func boolean() throws(Fault) -> Bool {
        if takeWord("true") { return true }
        guard takeWord("false") else { throw .malformed("a value is missing") }
        return false
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        _ = peek()
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ bytes[position..<end].elementsEqual($0) }) else { return false }
        position = end
        return true
    }

    /// A number (RFC 8259 §6: no leading zero, no bare point, no plus sign).
    public mutating func number() throws(Fault) -> JSONNumber {
        guard kind() == .number else { throw .malformed("a number is missing") }
        let start = position
        if here == UInt8(ascii: "-") { position += 1 }
        let hasLeadingZero = here == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits > 0, !hasLeadingZero || digits == 1 else { throw .malformed("a number is malformed") }
        if here == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() > 0 else { throw .malformed("a number is malformed") }
        }
        if here == UInt8(ascii: "e") || here == UInt8(ascii: "E") {
            position += 1
            if here == UInt8(ascii: "+") || here == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw .malformed("a number is malformed") }
        }
        return JSONNumber(UnsafeBufferPointer(rebasing: bytes[start..<position]))
    }

    /// A string, which ends where the scanner is then. Its escapes are checked as far as the grammar goes (§7).
    public mutating func text() throws(Fault) -> JSONText {
        guard peek() == UInt8(ascii: "\"") else { throw .malformed("a string is missing") }
        position += 1
        let start = position
        var (hasEscapes, bits): (Bool, UInt8) = (false, 0)
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
                position += 1
                return JSONText(text, hasEscapes: hasEscapes, isASCII: bits < 0x80)
            }
            bits |= byte
            guard byte >= 0x20 else { throw .malformed("a control character in a string is not escaped") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else {
                position += 1
            }
        }
        throw .malformed("a string is not closed")
    }

    private mutating func skipEscape() throws(Fault) {
        position += 1
        switch here {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard let byte = here, Hexadecimal.value(of: byte) != nil else {
                    throw .malformed("there is an unknown escape in a string")
                }
                position += 1
            }
        case nil: throw .malformed("a string is not closed")
        default: throw .malformed("there is an unknown escape in a string")
        }
    }

    private var here: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = here, Self.isDigit(byte) { position += 1 }
        return position - start
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
