package import Foundation

/// A piece of CBOR (RFC 8949), of the kinds that CTAP2 messages are made of.
package enum CBORItem: Sendable, Hashable {
    case unsigned(UInt64)
    /// Stands for -1 - n, which may be less than any `Int64`.
    case negative(UInt64)
    case bytes(Data)
    case text(String)
    case array([CBORItem])
    /// In the order of its keys.
    case map([Entry])
    case bool(Bool)
    case null

    package struct Entry: Sendable, Hashable {
        package let key: CBORItem
        package let value: CBORItem

        package init(_ key: CBORItem, _ value: CBORItem) {
            self.key = key
            self.value = value
        }
    }

    package static func integer(_ value: Int) -> CBORItem {
        value < 0 ? .negative(UInt64(-1 - value)) : .unsigned(UInt64(value))
    }

    /// Nil for what is no integer, and for one that `Int` cannot have.
    var integer: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .negative(let value): Int(exactly: value).map { -1 - $0 }
        default: nil
        }
    }

    /// The value of a key. Nil when there is none or this is no map.
    subscript(key: CBORItem) -> CBORItem? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
