/// Reads the XML that stores answer with: elements, attributes that nobody needs, text with the five entities of XML 1.0 and
/// numbered ones. Anything else (document types, comments, CDATA, processing instructions) is refused, as no store sends it
/// and it is where XML becomes dangerous; so is what is not UTF-8, nested too deep or not closed.
///
/// Foundation's own parser would bring libxml2 and ICU into every image: 38 MB for answers of a few elements.
struct XMLReader {
    static let deepest = 16

    private let bytes: [UInt8]
    private var place = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The root of the document. The caller bounds its size.
    static func read(_ bytes: [UInt8]) throws(UnreadableXML) -> XMLElement {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw UnreadableXML(reason: "not UTF-8") }
        var reader = XMLReader(bytes)
        return try reader.document()
    }

    private mutating func document() throws(UnreadableXML) -> XMLElement {
        // Whitespace may come at any time while a store is busy completing an upload.
        skipWhitespace()
        if takes("<?xml ") {
            guard let end = firstIndex(of: "?>") else { throw UnreadableXML(reason: "a declaration without end") }
            place = end + 2
            skipWhitespace()
        }
        var open: [XMLElement] = []
        while true {
            if takes("</") {
                let name = try tagName()
                skipWhitespace()
                guard takes(">"), let element = open.popLast(), element.name == name else {
                    throw UnreadableXML(reason: "an end of \(name.prefix(64)) that has no beginning")
                }
                if try close(element, &open) { return element }
            } else if takes("<") {
                guard open.count < Self.deepest else { throw UnreadableXML(reason: "nested too deep") }
                let element = XMLElement(name: try tagName())
                if try endsAtOnce() {
                    if try close(element, &open) { return element }
                } else {
                    open.append(element)
                }
            } else {
                guard !open.isEmpty else { throw UnreadableXML(reason: "text outside of everything") }
                open[open.count - 1].text += try text()
            }
        }
    }

    /// True when it was the root, and then nothing may follow.
    private mutating func close(_ element: XMLElement, _ open: inout [XMLElement]) throws(UnreadableXML) -> Bool {
        if open.isEmpty {
            skipWhitespace()
            guard place == bytes.count else { throw UnreadableXML(reason: "more than one element") }
            return true
        }
        open[open.count - 1].children.append(element)
        return false
    }

    private mutating func tagName() throws(UnreadableXML) -> String {
        let start = place
        while let byte = peek, Self.isNameByte(byte) { place += 1 }
        let name = String(decoding: bytes[start..<place], as: UTF8.self)
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard let local = parts.last, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw UnreadableXML(reason: "a tag without a name")
        }
        return String(local)
    }

    /// Passes over the attributes to the end of a tag; whether that is the element's end too.
    private mutating func endsAtOnce() throws(UnreadableXML) -> Bool {
        while true {
            let before = place
            skipWhitespace()
            if takes("/>") { return true }
            if takes(">") { return false }
            guard place > before else { throw UnreadableXML(reason: "a tag that does not end") }
            _ = try tagName()
            guard takes("="), let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw UnreadableXML(reason: "an attribute without a value")
            }
            place += 1
            while let byte = peek, byte != quote, byte != UInt8(ascii: "<") { place += 1 }
            guard peek == quote else { throw UnreadableXML(reason: "an attribute that does not end") }
            place += 1
        }
    }

    /// Up to the next tag.
    private mutating func text() throws(UnreadableXML) -> String {
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "<") {
            if byte == UInt8(ascii: "&") {
                text += String(try entity()).utf8
            } else {
                guard byte >= 0x20 || Self.isWhitespace(byte) else {
                    throw UnreadableXML(reason: "a control character")
                }
                text.append(byte)
                place += 1
            }
        }
        guard place < bytes.count else { throw UnreadableXML(reason: "the end is missing") }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func entity() throws(UnreadableXML) -> Unicode.Scalar {
        let name = bytes[(place + 1)...].prefix(9).prefix { $0 != UInt8(ascii: ";") }
        guard place + 1 + name.count < bytes.count, bytes[place + 1 + name.count] == UInt8(ascii: ";") else {
            throw UnreadableXML(reason: "an entity without end")
        }
        place += name.count + 2
        let text = String(decoding: name, as: UTF8.self)
        switch text {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let isHexadecimal = text.hasPrefix("#x")
        let digits = text.dropFirst(isHexadecimal ? 2 : 1)
        // A sign is no digit.
        guard text.hasPrefix("#"),
            digits.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) == true,
            let value = UInt32(digits, radix: isHexadecimal ? 16 : 10), let scalar = Unicode.Scalar(value),
            value >= 0x20 || value == 0x9 || value == 0xa || value == 0xd
        else { throw UnreadableXML(reason: "an entity that is not known") }
        return scalar
    }
}

extension XMLReader {
    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func takes(_ text: StaticString) -> Bool {
        let isNext = text.withUTF8Buffer { bytes[place...].starts(with: $0) }
        if isNext { place += text.utf8CodeUnitCount }
        return isNext
    }

    private func firstIndex(of text: StaticString) -> Int? {
        text.withUTF8Buffer { wanted in
            (place..<bytes.count).first { bytes[$0...].starts(with: wanted) }
        }
    }

    private mutating func skipWhitespace() {
        while let byte = peek, Self.isWhitespace(byte) { place += 1 }
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x9 || byte == 0xa || byte == 0xd
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
