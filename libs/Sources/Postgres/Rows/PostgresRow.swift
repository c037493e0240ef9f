/// One row of a result.
public struct PostgresRow: Sendable {
    let result: LibPQResult
    let index: Int

    /// The row's columns in their order, as these types.
    ///
    /// ```swift
    /// let (id, name) = try row.decode((UUID, String?).self)
    /// ```
    /// Fails with kind `.decoding` when the number of columns or a value does not fit.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each Rest: PostgresDecodable>(
        _ types: (First, Second, repeat each Rest).Type
    ) throws(PostgresError) -> (First, Second, repeat each Rest) {
        var column = 0
        func next<Next: PostgresDecodable>(_: Next.Type) throws(PostgresError) -> Next {
            defer { column += 1 }
            return try value(at: column)
        }
        let values = (try next(First.self), try next(Second.self), repeat try next((each Rest).self))
        try checkWidth(column)
        return values
    }

    /// The row's only column.
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value {
        try checkWidth(1)
        return try value(at: 0)
    }

    private func checkWidth(_ wanted: Int) throws(PostgresError) {
        guard wanted == result.columnCount else {
            throw PostgresError(.decoding, "the row has \(result.columnCount) columns, wanted \(wanted)")
        }
    }

    /// The value in a column of this name.
    public subscript<Value: PostgresDecodable>(name: String, as type: Value.Type) -> Value {
        get throws(PostgresError) {
            guard let column = result.column(named: name) else {
                throw PostgresError(.decoding, "the row has no column \(name)")
            }
            return try value(at: column)
        }
    }

    /// The value in a column by its place, from 0.
    public subscript<Value: PostgresDecodable>(column: Int, as type: Value.Type) -> Value {
        get throws(PostgresError) { try value(at: column) }
    }

    private func value<Value: PostgresDecodable>(at column: Int) throws(PostgresError) -> Value {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decoding, "the row has \(result.columnCount) columns, wanted number \(column)")
        }
        return try result.decode(row: index, column: column)
    }
}
