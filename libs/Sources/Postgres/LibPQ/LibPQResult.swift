internal import CLibPQ
import Glibc

/// A result of libpq, freed with its last reader.
///
/// `@unchecked Sendable`: the pointer is set once, and libpq only reads through it from then on.
final class LibPQResult: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    /// Takes ownership of `pointer`.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        columnCount = Int(PQnfields(pointer))
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }
    /// `INSERT 0 1`, `COMMIT`, `ROLLBACK`.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func columnName(_ column: Int) -> String {
        String(cString: PQfname(pointer, Int32(column)))
    }

    func column(named name: String) -> Int? {
        (0..<columnCount).first { strcmp(PQfname(pointer, Int32($0)), name) == 0 }
    }

    func decode<Value: PostgresDecodable>(row: Int, column: Int) throws(PostgresError) -> Value {
        let (row, column) = (Int32(row), Int32(column))
        var bytes: UnsafeRawBufferPointer?
        if PQgetisnull(pointer, row, column) == 0 {
            bytes = UnsafeRawBufferPointer(
                start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
        }
        let cell = PostgresCell(
            bytes: bytes, type: PostgresType(oid: PQftype(pointer, column)), source: self, column: Int(column))
        return try Value(from: cell)
    }

    /// What the server said of a statement that failed.
    var error: PostgresError {
        func field(_ code: Character) -> String? {
            PQresultErrorField(pointer, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        let fallback = String(cString: PQresultErrorMessage(pointer)).trimmingNewlines
        var error = PostgresError(.server, field("M") ?? fallback, sqlState: field("C"))
        error.detail = field("D")
        error.hint = field("H")
        error.schema = field("s")
        error.table = field("t")
        error.column = field("c")
        error.constraint = field("n")
        error.routine = field("R")
        return error
    }
}

extension String {
    var trimmingNewlines: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
