import DomainKit

/// Reads one JSON document (RFC 8259) and nothing more lenient.
///
/// Bounded: nesting at most `maximumDepth` deep, so no input can exhaust the stack; everything else is bounded by the
/// size of the input. Refused, each as a `Violation` with the pointer of the place: anything outside the grammar,
/// repeated member names (readers disagree on which one counts), broken UTF-8, lone surrogates, and U+0000, which
/// no text of ours may hold.
struct JSONParser {
    static let maximumDepth = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(Violation) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(at: .root, depth: 1)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.malformed(.root, "there is more after its end") }
        return value
    }

    // MARK: Values

    private mutating func value(at path: JSONPath, depth: Int) throws(Violation) -> JSONValue {
        skipSpace()
        guard depth <= JSONParser.maximumDepth else {
            throw Violation(
                pointer: path.pointer, code: "too-deep",
                detail: "Values may be nested at most \(JSONParser.maximumDepth) deep.")
        }
        switch peek {
        case UInt8(ascii: "{"): return try object(at: path, depth: depth)
        case UInt8(ascii: "["): return try array(at: path, depth: depth)
        case UInt8(ascii: "\""): return .string(try string(at: path))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), at: path)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), at: path)
        case UInt8(ascii: "n"): return try literal("null", .null, at: path)
        case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try number(at: path)
        case nil: throw malformed(path, "it ends too early")
        default: throw malformed(path, "there is no value at byte \(position)")
        }
    }

    private mutating func object(at path: JSONPath, depth: Int) throws(Violation) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        var names = SeenNames()
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw malformed(path, "a member's name is missing") }
            let name = try string(at: path)
            let place = path.member(name)
            guard names.insert(name) else {
                throw Violation(
                    pointer: place.pointer, code: "duplicate-field", detail: "This member is there more than once.")
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw malformed(place, "a colon is missing") }
            members.append(JSONValue.Member(name: name, value: try value(at: place, depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw malformed(path, "an object is not closed") }
        return .object(members)
    }

    private mutating func array(at path: JSONPath, depth: Int) throws(Violation) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try value(at: path.element(elements.count), depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw malformed(path, "an array is not closed") }
        return .array(elements)
    }

    private mutating func literal(
        _ word: StaticString, _ value: JSONValue, at path: JSONPath
    ) throws(Violation) -> JSONValue {
        let matches = word.withUTF8Buffer { word in
            position + word.count <= bytes.count && bytes[position..<position + word.count].elementsEqual(word)
        }
        guard matches else { throw malformed(path, "there is no value at byte \(position)") }
        position += word.utf8CodeUnitCount
        return value
    }

    /// RFC 8259 §6: no leading zero, no bare point, no plus sign.
    private mutating func number(at path: JSONPath) throws(Violation) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leadingZero = peek == UInt8(ascii: "0")
        let digits = takeDigits()
        guard digits > 0, !leadingZero || digits == 1 else { throw malformed(path, "a number is malformed") }
        if take(UInt8(ascii: ".")) {
            guard takeDigits() > 0 else { throw malformed(path, "a number is malformed") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard takeDigits() > 0 else { throw malformed(path, "a number is malformed") }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte = peek, isDigit(byte) { position += 1 }
        return position - start
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private func malformed(_ path: JSONPath, _ reason: String) -> Violation {
        Violation(pointer: path.pointer, code: "malformed-json", detail: "The document is not JSON: \(reason).")
    }

    // MARK: Strings

    private mutating func string(at path: JSONPath) throws(Violation) -> String {
        position += 1
        let start = position
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try checked(bytes[start..<position], at: path)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                return try escapedString(from: start, at: path)
            case 0..<0x20:
                throw malformed(path, "a control character in a string is not escaped")
            default:
                position += 1
            }
        }
        throw malformed(path, "a string is not closed")
    }

    /// The slow way, for a string with at least one escape.
    private mutating func escapedString(from start: Int, at path: JSONPath) throws(Violation) -> String {
        var decoded = Array(bytes[start..<position])
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return try decoded.withUnsafeBufferPointer { utf8 throws(Violation) in
                    try checked(utf8[...], at: path)
                }
            case UInt8(ascii: "\\"): try escape(into: &decoded, at: path)
            case 0..<0x20: throw malformed(path, "a control character in a string is not escaped")
            default: decoded.append(byte)
            }
        }
        throw malformed(path, "a string is not closed")
    }

    private mutating func escape(into decoded: inout [UInt8], at path: JSONPath) throws(Violation) {
        guard let byte = peek else { throw malformed(path, "a string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0c)
        case UInt8(ascii: "n"): decoded.append(0x0a)
        case UInt8(ascii: "r"): decoded.append(0x0d)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: String(Character(try unicodeEscape(at: path))).utf8)
        default: throw malformed(path, "there is an unknown escape in a string")
        }
    }

    /// `\uXXXX` or a surrogate pair of two; half a pair stands for no character.
    private mutating func unicodeEscape(at path: JSONPath) throws(Violation) -> Unicode.Scalar {
        let first = try fourDigits(at: path)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw loneSurrogate(path) }
        let second = try fourDigits(at: path)
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw loneSurrogate(path) }
        return scalar
    }

    private func loneSurrogate(_ path: JSONPath) -> Violation {
        Violation(pointer: path.pointer, code: "invalid-text", detail: "A string holds half of a surrogate pair.")
    }

    private mutating func fourDigits(at path: JSONPath) throws(Violation) -> UInt32 {
        guard position + 4 <= bytes.count else { throw malformed(path, "a string is not closed") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw malformed(path, "there is an unknown escape in a string")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private func checked(
        _ slice: Slice<UnsafeBufferPointer<UInt8>>, at path: JSONPath
    ) throws(Violation) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw Violation(pointer: path.pointer, code: "invalid-text", detail: "A string is not valid UTF-8.")
        }
        guard !slice.contains(0) else {
            throw Violation(pointer: path.pointer, code: "invalid-text", detail: "A string holds U+0000.")
        }
        return text
    }
}

/// The member names of one object: a scan while there are few, a set beyond, so that no input costs n².
private struct SeenNames {
    private var few: [String] = []
    private var many: Set<String> = []

    /// False when `name` was there before.
    mutating func insert(_ name: String) -> Bool {
        if few.count < 16 {
            guard !few.contains(name) else { return false }
            few.append(name)
            return true
        }
        if many.isEmpty { many = Set(few) }
        return many.insert(name).inserted
    }
}
