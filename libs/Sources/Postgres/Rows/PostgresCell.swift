/// One value of a result as it came from the server, in the binary format of its type.
///
/// The bytes belong to the result and are valid only while a `PostgresDecodable` reads them.
public struct PostgresCell: ~Copyable {
    /// Nil for NULL.
    public let bytes: UnsafeRawBufferPointer?
    public let type: PostgresType
    /// Which column of which result, for the error of a value that does not fit.
    let source: LibPQResult
    let column: Int

    public var isNull: Bool { bytes == nil }

    /// The bytes of a value that must be there.
    public borrowing func required<Value>(_ wanted: Value.Type) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else {
            throw PostgresError(.decoding, "\(name) is NULL, wanted \(Value.self)")
        }
        return bytes
    }

    /// The error of a value that is not what the caller wants.
    public borrowing func mismatch<Value>(_ wanted: Value.Type) -> PostgresError {
        PostgresError(.decoding, "\(name) has type \(type.oid) and does not fit \(Value.self)")
    }

    borrowing func element(_ bytes: UnsafeRawBufferPointer?, type: PostgresType) -> PostgresCell {
        PostgresCell(bytes: bytes, type: type, source: source, column: column)
    }

    private var name: String { "column \(source.columnName(column))" }
}

/// Reads network byte order.
struct PostgresReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        guard rest.count >= MemoryLayout<Integer>.size else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(MemoryLayout<Integer>.size)) }
        return Integer(bigEndian: rest.loadUnaligned(as: Integer.self))
    }

    var remaining: Int { rest.count }

    mutating func int16() -> Int16? { integer(Int16.self) }
    mutating func int32() -> Int32? { integer(Int32.self) }

    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }
}
