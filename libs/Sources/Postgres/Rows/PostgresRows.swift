/// The rows of one statement, in the server's order.
///
/// They stay in the memory libpq received them in and are decoded when asked for; any task may read them.
public struct PostgresRows: RandomAccessCollection, Sendable {
    let result: LibPQResult
    /// How many rows there are.
    public let count: Int

    init(_ result: LibPQResult) {
        self.result = result
        count = result.rowCount
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(index: Int) -> PostgresRow {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        return PostgresRow(result: result, index: index)
    }

    public var columns: [String] { (0..<result.columnCount).map(result.columnName) }

    /// Rows inserted, updated, deleted or selected, as the server counts them; 0 for other commands.
    public var affected: Int { result.affectedRows }

    /// Every row as a tuple of these types.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each Rest: PostgresDecodable>(
        _ types: (First, Second, repeat each Rest).Type
    ) throws(PostgresError) -> [(First, Second, repeat each Rest)] {
        var decoded: [(First, Second, repeat each Rest)] = []
        decoded.reserveCapacity(count)
        for row in self { decoded.append(try row.decode(types)) }
        return decoded
    }

    /// The only column of every row.
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> [Value] {
        var decoded: [Value] = []
        decoded.reserveCapacity(count)
        for row in self { decoded.append(try row.decode(type)) }
        return decoded
    }
}
