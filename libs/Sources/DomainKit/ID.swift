import Encodings
public import Foundation

/// The identity of one `Entity`: a UUID that cannot be mistaken for the id of another kind of thing.
public struct ID<Entity>: Hashable, Sendable {
    public let uuid: UUID

    public init(_ uuid: UUID) {
        self.uuid = uuid
    }
}

extension ID: LosslessStringConvertible {
    /// Accepts the 36 character form in either case; nothing else.
    public init?(_ text: String) {
        guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
        self.init(uuid)
    }

    /// Lower case, as RFC 9562 §4 asks of writers.
    public var description: String { uuid.lowercased }
}

extension ID: Comparable {
    /// Byte order, which for v7 ids is the order of making.
    public static func < (left: ID, right: ID) -> Bool {
        withUnsafeBytes(of: left.uuid.uuid) { a in
            withUnsafeBytes(of: right.uuid.uuid) { b in a.lexicographicallyPrecedes(b) }
        }
    }
}

extension ID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension UUID {
    /// The 36 character form in lower case, without Foundation's formatter.
    public var lowercased: String {
        withUnsafeBytes(of: uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { out in
                var at = 0
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        out[at] = UInt8(ascii: "-")
                        at += 1
                    }
                    out[at] = Hexadecimal.digit(byte >> 4)
                    out[at + 1] = Hexadecimal.digit(byte & 0x0f)
                    at += 2
                }
                return at
            }
        }
    }
}
