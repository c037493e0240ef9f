public import Foundation
public import IdentityEvents
public import Postgres
import StorageKit

/// Rows of one kind that a service has of somebody, in an order that stays.
public struct ExportedRows: Sendable {
    public let kind: String
    private let query: @Sendable (_ account: UUID, _ key: String?) -> SQL

    /// - Parameter query: gives two columns of text, each row as JSON and what it stands under in the order; the first
    ///   `ExportPiece.rowsAtATime` of the account's rows that come behind the key, nil being the beginning.
    public init(_ kind: String, query: @escaping @Sendable (_ account: UUID, _ key: String?) -> SQL) {
        self.kind = kind
        self.query = query
    }

    /// - Parameter next: the place behind the last row there is.
    public func piece(
        of account: UUID, behind key: String?, next: String?, in database: PostgresClient
    ) async throws -> ExportPiece {
        let rows = try await fromPostgres {
            try await database.query(query(account, key)).map {
                (json: try $0[0, as: String.self], place: "\(kind) \(try $0[1, as: String.self])")
            }
        }
        return ExportPiece(kind, rows: rows, next: next)
    }
}

/// What a service has of somebody, one kind after the other.
public struct RowExporter: AccountExporter {
    private let database: PostgresClient
    private let kinds: [ExportedRows]

    public init(database: PostgresClient, _ kinds: [ExportedRows]) {
        self.database = database
        self.kinds = kinds
    }

    /// Fails: unavailable, and for a place that it does not know, which one of another version may have given.
    public func piece(of account: UUID, from place: String?) async throws -> ExportPiece {
        let place = ExportPlace(place ?? kinds.first?.kind ?? "")
        guard let index = kinds.firstIndex(where: { $0.kind == place.kind }) else { throw UnknownExportPlace() }
        let next = kinds.dropFirst(index + 1).first?.kind
        return try await kinds[index].piece(of: account, behind: place.key, next: next, in: database)
    }
}

/// Where a piece begins: a kind, and the key that the one before it ended with.
public struct ExportPlace: Sendable, Hashable {
    public let kind: String
    public let key: String?

    public init(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        kind = words.first.map(String.init) ?? ""
        key = words.count > 1 ? String(words[1]) : nil
    }
}

public struct UnknownExportPlace: Error {
    public init() {}
}
