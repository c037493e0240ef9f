import Foundation
public import Postgres
import StorageKit
import VideoDomain

/// Makes what videos are found by where it is missing or of a former form: in rows of before there was any, and in those that
/// replicas of the release before wrote.
///
/// A few rows at a time, each batch a transaction of its own, past rows that others hold: whoever changes a video waits no
/// longer than for a batch. Several replicas may do it at once.
public struct PostgresSearchBackfill: Sendable {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// Goes on until nothing is missing; returns how many rows there were. Fails: `unavailable`; what is done stays.
    public func callAsFunction(batch: Int = 100) async throws -> Int {
        var filled = 0
        while !Task.isCancelled {
            let count = try await fromPostgres {
                try await database.transaction { transaction in try await fill(batch, in: transaction) }
            }
            filled += count
            if count < batch { break }
        }
        return filled
    }

    private func fill(_ batch: Int, in transaction: PostgresTransaction) async throws -> Int {
        let rows = try await transaction.query(
            """
            SELECT id, title, description, tags FROM videos WHERE search_form IS NULL
            ORDER BY id LIMIT \(batch) FOR UPDATE SKIP LOCKED
            """
        ).decode((UUID, String, String, [String]).self)
        for (id, title, description, tags) in rows {
            let search = SearchColumns(
                VideoDetails(
                    title: Title(stored: title), description: Description(stored: description),
                    tags: Tags(stored: tags), visibility: .private))
            _ = try await transaction.query(
                """
                UPDATE videos SET search_title = \(search.title), search_folded = \(search.folded),
                    search_terms = \(search.terms) WHERE id = \(id)
                """)
        }
        return rows.count
    }
}
