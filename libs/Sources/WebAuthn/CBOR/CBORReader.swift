package import Foundation

/// Reads CBOR strictly: CTAP2's canonical form (CTAP 2.2 §8) and nothing else, as WebAuthn level 3 §6.5.5 asks of decoders.
///
/// One value has one form: integers and lengths as short as they can be, no indefinite lengths, keys ascending and each
/// once. There are no tags and no floating-point numbers in it, and no other simple values than false, true and null. Whatever is
/// refused is refused before it costs anything: no more levels than `deepest`, no count of more items than there are bytes.
package struct CBORReader {
    /// CTAP2 messages have four levels.
    package static let deepest = 8
    /// An attestation object is some kilobytes at most.
    package static let longest = 65_536

    private let bytes: [UInt8]
    private var position = 0

    private init(_ data: Data) throws(CBORRefusal) {
        guard data.count <= Self.longest else { throw .tooLong }
        bytes = [UInt8](data)
    }

    /// Reads `data`, which must be one item and nothing behind it.
    package static func item(_ data: Data) throws(CBORRefusal) -> CBORItem {
        let (item, length) = try first(of: data)
        guard length == data.count else { throw .trailingBytes }
        return item
    }

    /// Reads the item that `data` begins with, and says how many bytes it is long.
    package static func first(of data: Data) throws(CBORRefusal) -> (item: CBORItem, length: Int) {
        var reader = try CBORReader(data)
        let item = try reader.item(level: 1)
        return (item, reader.position)
    }

    private mutating func item(level: Int) throws(CBORRefusal) -> CBORItem {
        let (major, value) = try head()
        switch major {
        case 0: return .unsigned(value)
        case 1: return .negative(value)
        case 2: return .bytes(Data(try take(value)))
        case 3:
            guard let text = String(validating: try take(value), as: UTF8.self) else { throw .notUTF8 }
            return .text(text)
        case 4: return .array(try elements(value, level))
        case 5: return .map(try entries(value, level))
        case 7 where value == 20 || value == 21: return .bool(value == 21)
        case 7 where value == 22: return .null
        default: throw .notInTheSubset
        }
    }

    /// The major type and the number behind it (RFC 8949 §3), which must be in its shortest form.
    private mutating func head() throws(CBORRefusal) -> (major: UInt8, value: UInt64) {
        let initial = try take(1).reduce(0) { $1 }
        let (major, info) = (initial >> 5, initial & 31)
        // What follows 7 is another simple value or a floating-point number.
        guard major != 7 || info < 24 else { throw .notInTheSubset }
        guard info >= 24 else { return (major, UInt64(info)) }
        guard info <= 27 else { throw .notInTheSubset }
        let length = 1 << (info - 24)
        let value = try take(UInt64(length)).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        let least: UInt64 = length == 1 ? 24 : 1 << (UInt64(length) * 4)
        guard value >= least else { throw .notShortest }
        return (major, value)
    }

    private mutating func elements(_ count: UInt64, _ level: Int) throws(CBORRefusal) -> [CBORItem] {
        try begin(count, level)
        var elements: [CBORItem] = []
        for _ in 0..<count { elements.append(try item(level: level + 1)) }
        return elements
    }

    private mutating func entries(_ count: UInt64, _ level: Int) throws(CBORRefusal) -> [CBORItem.Entry] {
        try begin(count, level)
        var entries: [CBORItem.Entry] = []
        var last: ArraySlice<UInt8> = []
        for _ in 0..<count {
            let start = position
            let key = try item(level: level + 1)
            switch key {
            case .unsigned, .negative, .text: break
            default: throw .notInTheSubset
            }
            // Of integers and texts in their shortest form, the order of the bytes is CTAP2's order.
            let encoded = bytes[start..<position]
            guard last.lexicographicallyPrecedes(encoded) else { throw encoded == last ? .duplicateKey : .unsortedKeys }
            last = encoded
            entries.append(CBORItem.Entry(key, try item(level: level + 1)))
        }
        return entries
    }

    private func begin(_ count: UInt64, _ level: Int) throws(CBORRefusal) {
        guard level < Self.deepest else { throw .tooDeep }
        guard count <= UInt64(bytes.count - position) else { throw .truncated }
    }

    private mutating func take(_ count: UInt64) throws(CBORRefusal) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - position) else { throw .truncated }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }
}

/// Why bytes are no CBOR that is read here.
package enum CBORRefusal: Error, Hashable {
    case truncated, trailingBytes, tooLong, tooDeep, notUTF8, notShortest, duplicateKey, unsortedKeys
    /// A tag, a floating-point number, an indefinite length, a key of another kind, a reserved form.
    case notInTheSubset
}
