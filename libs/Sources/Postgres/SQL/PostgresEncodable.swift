public import Foundation

/// A value that can be bound to a statement.
public protocol PostgresEncodable: Sendable {
    /// What the server is told the value is. With `.unspecified` the server infers it from the statement and the
    /// value is written as text; otherwise it is written in that type's binary format.
    static var postgresType: PostgresType { get }
    func encode(into writer: inout PostgresBindWriter)
}

/// A type whose arrays can be bound and decoded.
public protocol PostgresArrayElement {
    /// The type of one element inside an array; never `.unspecified`.
    static var postgresElementType: PostgresType { get }
    static var postgresArrayType: PostgresType { get }
}

/// Where an encoded value goes.
public struct PostgresBindWriter {
    var bytes: [UInt8]
    var isNull = false
    var flaw: String?

    /// Marks the value as NULL.
    public mutating func writeNull() {
        isNull = true
    }

    /// Has the whole statement refused before it is sent, with kind `.encoding`.
    public mutating func refuse(_ reason: String) {
        flaw = reason
    }

    /// Appends in network byte order.
    public mutating func write<Integer: FixedWidthInteger>(_ integer: Integer) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func write(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    public static var postgresType: PostgresType { RawValue.postgresType }
    public func encode(into writer: inout PostgresBindWriter) { rawValue.encode(into: &writer) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }

    public func encode(into writer: inout PostgresBindWriter) {
        switch self {
        case .some(let value): value.encode(into: &writer)
        case .none: writer.writeNull()
        }
    }
}

extension Bool: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .bool }
    public static var postgresElementType: PostgresType { .bool }
    public static var postgresArrayType: PostgresType { .boolArray }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(self ? 1 as UInt8 : 0) }
}

extension Int16: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .int2 }
    public static var postgresElementType: PostgresType { .int2 }
    public static var postgresArrayType: PostgresType { .int2Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(self) }
}

extension Int32: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .int4 }
    public static var postgresElementType: PostgresType { .int4 }
    public static var postgresArrayType: PostgresType { .int4Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(self) }
}

extension Int64: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .int8 }
    public static var postgresElementType: PostgresType { .int8 }
    public static var postgresArrayType: PostgresType { .int8Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(self) }
}

extension Int: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .int8 }
    public static var postgresElementType: PostgresType { .int8 }
    public static var postgresArrayType: PostgresType { .int8Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(Int64(self)) }
}

extension Double: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .float8 }
    public static var postgresElementType: PostgresType { .float8 }
    public static var postgresArrayType: PostgresType { .float8Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(bitPattern) }
}

extension Float: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .float4 }
    public static var postgresElementType: PostgresType { .float4 }
    public static var postgresArrayType: PostgresType { .float4Array }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(bitPattern) }
}

/// Left untyped, so that a `String` also fits `jsonb`, enum, `inet`, `date` and every other column with a text form.
extension String: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .unspecified }
    public static var postgresElementType: PostgresType { .text }
    public static var postgresArrayType: PostgresType { .textArray }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(bytes: utf8) }
}

extension UUID: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .uuid }
    public static var postgresElementType: PostgresType { .uuid }
    public static var postgresArrayType: PostgresType { .uuidArray }
    public func encode(into writer: inout PostgresBindWriter) {
        withUnsafeBytes(of: uuid) { writer.write(bytes: $0) }
    }
}

/// `timestamptz`, rounded to the microsecond the server keeps. A date that is no number is refused; one beyond what 64
/// bits of microseconds hold is the server's `infinity`, and one it holds and the server does not is the server's error.
extension Date: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .timestamptz }
    public static var postgresElementType: PostgresType { .timestamptz }
    public static var postgresArrayType: PostgresType { .timestamptzArray }

    public func encode(into writer: inout PostgresBindWriter) {
        let micros = ((timeIntervalSinceReferenceDate + Self.secondsFrom2000To2001) * 1_000_000).rounded()
        if micros.isNaN { writer.refuse("a date that is no number") }
        // The ends of the range are the server's own `infinity` and `-infinity`.
        writer.write(micros >= 0x1p63 ? Int64.max : micros < -0x1p63 || micros.isNaN ? Int64.min : Int64(micros))
    }

    /// Foundation counts from 2001, PostgreSQL from 2000, which was a leap year.
    static var secondsFrom2000To2001: Double { 366 * 86_400 }
}

extension Data: PostgresEncodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .bytea }
    public static var postgresElementType: PostgresType { .bytea }
    public static var postgresArrayType: PostgresType { .byteaArray }
    public func encode(into writer: inout PostgresBindWriter) { writer.write(bytes: self) }
}
