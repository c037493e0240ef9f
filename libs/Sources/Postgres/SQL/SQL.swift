/// A statement and the values bound to it.
///
/// Written as a string literal, in which every interpolated value becomes a bind (`$1`, `$2`, ...): values never turn
/// into SQL text, so there is nothing to escape and nothing to inject.
///
/// ```swift
/// let onlyOpen: SQL = "AND closed_at IS NULL"
/// let sql: SQL = "SELECT id, name FROM rooms WHERE owner_id = \(owner) \(sql: onlyOpen) LIMIT \(limit)"
/// ```
///
/// The text is also the key of each connection's cache of prepared statements, so a statement whose text is the same
/// from call to call is parsed and planned once. Keep lists in arrays (`= ANY(\(ids))`), not in the text.
public struct SQL: Sendable {
    /// One `$n`: where it stands in the text, and which bytes belong to it.
    struct Placeholder: Sendable {
        /// UTF-8 offset of the `$`.
        var position: Int
        var type: PostgresType
        /// Start in `bytes`.
        var offset: Int
        /// -1 is NULL.
        var length: Int
    }

    public internal(set) var text: String
    var placeholders: [Placeholder]
    /// The values, one behind the other, in the format `PostgresType.unspecified` speaks of.
    var bytes: [UInt8]
    /// Why a value cannot be sent.
    var flaw: String?

    /// SQL as it stands, without binds. Only for text that is part of the program, never for input.
    public init(raw text: String) {
        self.text = text
        placeholders = []
        bytes = []
    }

    /// Appends `other`, numbering its binds on.
    public mutating func append(_ other: SQL) {
        guard !other.placeholders.isEmpty else {
            text += other.text
            return
        }
        let source = other.text.utf8
        var copied = source.startIndex
        for placeholder in other.placeholders {
            let start = source.index(source.startIndex, offsetBy: placeholder.position)
            text += other.text[copied..<start]
            copied = source.index(after: start)
            while copied < source.endIndex, source[copied].isDigit { copied = source.index(after: copied) }
            var moved = placeholder
            moved.offset += bytes.count
            mark(moved)
        }
        text += other.text[copied...]
        bytes += other.bytes
        flaw = flaw ?? other.flaw
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var joined = left
        joined.append(right)
        return joined
    }

    /// Writes the next `$n`.
    mutating func mark(_ placeholder: Placeholder) {
        var placeholder = placeholder
        placeholder.position = text.utf8.count
        placeholders.append(placeholder)
        text += "$"
        text += placeholders.count < Self.numbers.count ? Self.numbers[placeholders.count] : "\(placeholders.count)"
    }

    private static let numbers = (0..<64).map { "\($0)" }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) {
        self.init(raw: text)
    }

    public init(stringInterpolation: Interpolation) {
        self = stringInterpolation.sql
    }

    public struct Interpolation: StringInterpolationProtocol {
        var sql = SQL(raw: "")

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.text.reserveCapacity(literalCapacity + interpolationCount * 3)
            sql.placeholders.reserveCapacity(interpolationCount)
            sql.bytes.reserveCapacity(interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: String) {
            sql.text += literal
        }

        /// Binds a value.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            bind(value)
        }

        private mutating func bind<Value: PostgresEncodable>(_ value: Value) {
            var writer = PostgresBindWriter(bytes: sql.bytes)
            sql.bytes = []
            let offset = writer.bytes.count
            value.encode(into: &writer)
            let type = Value.postgresType
            let length = writer.isNull ? -1 : writer.bytes.count - offset
            if let flaw = writer.flaw { sql.flaw = flaw }
            if type == .unspecified, !writer.isNull {
                if writer.bytes[offset...].contains(0) { sql.flaw = "text with U+0000 cannot be stored" }
                writer.bytes.append(0)  // libpq reads text values as C strings
            }
            sql.bytes = writer.bytes
            sql.mark(Placeholder(position: 0, type: type, offset: offset, length: length))
        }

        /// Binds a value or NULL.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            bind(value)
        }

        /// Inserts a piece of SQL with its own binds.
        public mutating func appendInterpolation(sql fragment: SQL) {
            sql.append(fragment)
        }

        /// Inserts a quoted identifier: a table, column or channel whose name is only known at run time.
        public mutating func appendInterpolation(identifier: String) {
            sql.text += "\"" + identifier.replacing("\"", with: "\"\"") + "\""
        }
    }
}

extension SQL: CustomStringConvertible {
    /// The text alone; values are left out, as they may be secrets.
    public var description: String { text }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
