public import DomainKit
public import Foundation

extension JSONWriter {
    /// A string with the escapes RFC 8259 §7 requires and no others.
    @usableFromInline
    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: utf8[start..<index])
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start..<utf8.count])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): literal("\\\"")
        case UInt8(ascii: "\\"): literal("\\\\")
        case UInt8(ascii: "\n"): literal("\\n")
        case UInt8(ascii: "\r"): literal("\\r")
        case UInt8(ascii: "\t"): literal("\\t")
        default:
            literal("\\u00")
            for nibble in [byte >> 4, byte & 0x0f] {
                bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
    }

    @usableFromInline
    mutating func integer(_ value: some BinaryInteger) {
        bytes.append(contentsOf: String(value).utf8)
    }
}

extension String: JSONWritable {
    public func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
    public func write(to json: inout JSONWriter) {
        if self { json.literal("true") } else { json.literal("false") }
    }
}

extension Int: JSONWritable {
    public func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int64: JSONWritable {
    public func write(to json: inout JSONWriter) { json.integer(self) }
}

extension UInt64: JSONWritable {
    public func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Double: JSONWritable {
    /// The shortest form that reads back the same; JSON has no infinities, so those become null.
    public func write(to json: inout JSONWriter) {
        if isFinite { json.bytes.append(contentsOf: description.utf8) } else { json.literal("null") }
    }
}

extension Date: JSONWritable {
    /// RFC 3339, UTC, milliseconds.
    public func write(to json: inout JSONWriter) { json.string(RFC3339.string(from: self)) }
}

extension UUID: JSONWritable {
    public func write(to json: inout JSONWriter) { json.string(lowercased) }
}

extension ID: JSONWritable {
    public func write(to json: inout JSONWriter) { json.string(description) }
}

extension Cursor: JSONWritable {
    public func write(to json: inout JSONWriter) { json.string(description) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    /// The value, or null.
    public func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.literal("null") }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.array { array in
            for element in self { array.element(element) }
        }
    }
}

extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
    /// Members in the order of their names, so that equal values give equal bytes.
    public func write(to json: inout JSONWriter) {
        json.object { object in
            for (name, value) in sorted(by: { $0.key < $1.key }) { object.member(name, value) }
        }
    }
}
