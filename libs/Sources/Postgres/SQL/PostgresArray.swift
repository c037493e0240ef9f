/// One-dimensional arrays, in the server's binary form: dimensions, a has-null flag, the element's type, then length
/// and lower bound, then every element with its length (-1 for NULL).
extension Array: PostgresEncodable where Element: PostgresEncodable & PostgresArrayElement {
    public static var postgresType: PostgresType { Element.postgresArrayType }

    public func encode(into writer: inout PostgresBindWriter) {
        writer.write(isEmpty ? 0 : 1 as Int32)
        writer.write(1 as Int32)
        writer.write(Element.postgresElementType.oid)
        guard !isEmpty else { return }
        writer.write(Int32(clamping: count))  // so many do not fit into a message
        writer.write(1 as Int32)
        for element in self {
            let start = writer.bytes.count
            writer.write(-1 as Int32)
            element.encode(into: &writer)
            if writer.isNull {
                writer.isNull = false
            } else {
                writer.patchLength(at: start)
            }
        }
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    public static var postgresElementType: PostgresType { Wrapped.postgresElementType }
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}

/// `bytea` from plain bytes: an array of `UInt8` is not an array to the server.
public struct PostgresBytes: PostgresEncodable {
    public static var postgresType: PostgresType { .bytea }
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public func encode(into writer: inout PostgresBindWriter) { writer.write(bytes: bytes) }
}

extension PostgresBindWriter {
    /// Writes how many bytes follow the four at `start`.
    fileprivate mutating func patchLength(at start: Int) {
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable & PostgresArrayElement {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        var reader = PostgresReader(try cell.required(Self.self))
        guard let dimensions = reader.int32(), reader.int32() != nil, let elementType = reader.int32(),
            dimensions == 0 || dimensions == 1
        else { throw cell.mismatch(Self.self) }
        self = []
        guard dimensions == 1 else { return }
        // Each element has a length of four bytes at least, so that a count that cannot be is known before it is used.
        guard let count = reader.int32(), reader.int32() != nil, count >= 0, Int(count) <= reader.remaining / 4 else {
            throw cell.mismatch(Self.self)
        }
        reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let length = reader.int32() else { throw cell.mismatch(Self.self) }
            let bytes = length < 0 ? nil : reader.bytes(Int(length))
            if length >= 0, bytes == nil { throw cell.mismatch(Self.self) }
            let element = cell.element(bytes, type: PostgresType(oid: UInt32(bitPattern: elementType)))
            append(try Element(from: element))
        }
    }
}
