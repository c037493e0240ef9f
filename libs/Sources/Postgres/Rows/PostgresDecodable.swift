public import Foundation

/// A value that can be read out of a row.
public protocol PostgresDecodable {
    /// Fails with `PostgresError.Kind.decoding` when the cell's type or value does not fit, or it is NULL and the
    /// type has no room for that.
    init(from cell: borrowing PostgresCell) throws(PostgresError)
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        guard let value = Self(rawValue: try RawValue(from: cell)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        self = cell.isNull ? nil : try Wrapped(from: cell)
    }
}

extension Bool: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        guard cell.type == .bool, bytes.count == 1 else { throw cell.mismatch(Self.self) }
        self = bytes[0] != 0
    }
}

/// Any whole number of the server that fits; `numeric` too, since that is what `sum(bigint)` gives.
extension FixedWidthInteger where Self: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        var reader = PostgresReader(try cell.required(Self.self))
        let value: Self? =
            switch cell.type {
            case .int8: reader.integer(Int64.self).flatMap { Self(exactly: $0) }
            case .int4: reader.integer(Int32.self).flatMap { Self(exactly: $0) }
            case .int2: reader.integer(Int16.self).flatMap { Self(exactly: $0) }
            case .oid: reader.integer(UInt32.self).flatMap { Self(exactly: $0) }
            case .numeric: PostgresNumeric(&reader).flatMap { Self($0.description) }
            default: nil
            }
        guard let value else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension Int: PostgresDecodable {}
extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}

extension Double: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        var reader = PostgresReader(try cell.required(Self.self))
        let value: Double? =
            switch cell.type {
            case .float8: reader.integer(UInt64.self).map(Double.init(bitPattern:))
            case .float4: reader.integer(UInt32.self).map { Double(Float(bitPattern: $0)) }
            case .int8: reader.integer(Int64.self).map(Double.init)
            case .int4: reader.integer(Int32.self).map(Double.init)
            case .int2: reader.integer(Int16.self).map(Double.init)
            case .numeric: PostgresNumeric(&reader).flatMap { Double($0.description) }
            default: nil
            }
        guard let value else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension Float: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        self = Float(try Double(from: cell))
    }
}

/// Text of every kind, enums, `json` and `jsonb`, `numeric` and `uuid` in their usual written form.
extension String: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        switch cell.type {
        case .jsonb:
            self.init(decoding: bytes.dropFirst(), as: UTF8.self)  // a version byte comes first
        case .numeric:
            var reader = PostgresReader(bytes)
            guard let number = PostgresNumeric(&reader) else { throw cell.mismatch(Self.self) }
            self = number.description
        case .uuid:
            self = try UUID(from: cell).uuidString.lowercased()
        case .bool, .bytea, .int2, .int4, .int8, .oid, .float4, .float8, .date, .timestamp, .timestamptz:
            throw cell.mismatch(Self.self)
        default:
            self.init(decoding: bytes, as: UTF8.self)
        }
    }
}

extension UUID: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        guard cell.type == .uuid, bytes.count == 16 else { throw cell.mismatch(Self.self) }
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

/// `timestamptz`; `timestamp` and `date` are read as UTC. The server's infinities become the distant dates.
extension Date: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        var reader = PostgresReader(try cell.required(Self.self))
        switch cell.type {
        case .timestamptz, .timestamp:
            guard let micros = reader.integer(Int64.self) else { throw cell.mismatch(Self.self) }
            self =
                switch micros {
                case .max: .distantFuture
                case .min: .distantPast
                default: Date(secondsSince2000: Double(micros) / 1_000_000)
                }
        case .date:
            guard let days = reader.int32() else { throw cell.mismatch(Self.self) }
            self =
                switch days {
                case .max: .distantFuture
                case .min: .distantPast
                default: Date(secondsSince2000: Double(days) * 86_400)
                }
        default:
            throw cell.mismatch(Self.self)
        }
    }

    private init(secondsSince2000 seconds: Double) {
        self.init(timeIntervalSinceReferenceDate: seconds - Self.secondsFrom2000To2001)
    }
}

/// `bytea`, or the bytes of any kind of text or JSON.
extension Data: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        self.init(try PostgresBytes(from: cell).bytes)
    }
}

extension PostgresBytes: PostgresDecodable {
    public init(from cell: borrowing PostgresCell) throws(PostgresError) {
        let bytes = try cell.required(Self.self)
        switch cell.type {
        case .bytea, .text, .varchar, .bpchar, .json: self.init(Array(bytes))
        case .jsonb: self.init(Array(bytes.dropFirst()))
        default: throw cell.mismatch(Self.self)
        }
    }
}
