import Foundation
import WebAuthn

/// The other half of `CBORReader`, for authenticators in tests. Writes maps in the order they are given in.
enum CBORWriter {
    static func encode(_ item: CBORItem) -> Data {
        switch item {
        case .unsigned(let value): head(0, value)
        case .negative(let value): head(1, value)
        case .bytes(let bytes): head(2, UInt64(bytes.count)) + bytes
        case .text(let text): head(3, UInt64(text.utf8.count)) + Data(text.utf8)
        case .array(let items): items.reduce(into: head(4, UInt64(items.count))) { $0 += encode($1) }
        case .map(let entries):
            entries.reduce(into: head(5, UInt64(entries.count))) { $0 += encode($1.key) + encode($1.value) }
        case .bool(let value): Data([value ? 0xf5 : 0xf4])
        case .null: Data([0xf6])
        }
    }

    static func map(_ entries: (CBORItem, CBORItem)...) -> CBORItem {
        .map(entries.map { CBORItem.Entry($0.0, $0.1) })
    }

    private static func head(_ major: UInt8, _ value: UInt64) -> Data {
        switch value {
        case 0..<24: Data([major << 5 | UInt8(value)])
        case 0...0xff: Data([major << 5 | 24, UInt8(value)])
        case 0...0xffff: Data([major << 5 | 25]) + withUnsafeBytes(of: UInt16(value).bigEndian) { Data($0) }
        case 0...0xffff_ffff: Data([major << 5 | 26]) + withUnsafeBytes(of: UInt32(value).bigEndian) { Data($0) }
        default: Data([major << 5 | 27]) + withUnsafeBytes(of: value.bigEndian) { Data($0) }
        }
    }
}
