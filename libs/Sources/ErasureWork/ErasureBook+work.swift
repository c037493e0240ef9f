import DomainKit
import Foundation
import Postgres

/// The row of an account, from the lock at the beginning of a step to what is written at its end.
extension ErasureBook {
    struct Work {
        let account: UUID
        let place: UUID?
        let removed: [String: Int64]
        let isLastLook: Bool
    }

    static func next(in transaction: PostgresTransaction) async throws -> Work? {
        try await transaction.first(
            """
            SELECT user_id, place, removed::text, done_at IS NOT NULL FROM account_erasures
            WHERE closed_at IS NULL AND retry_at <= clock_timestamp()
            ORDER BY retry_at, user_id LIMIT 1 FOR UPDATE SKIP LOCKED
            """
        ).map {
            Work(
                account: try $0[0, as: UUID.self], place: try $0[1, as: UUID?.self],
                removed: try counts(try $0[2, as: String.self]), isLastLook: try $0[3, as: Bool.self])
        }
    }

    static func write(
        _ step: ErasureStep, of work: Work, in transaction: PostgresTransaction
    ) async throws -> Advance {
        let found = step.removed.filter { $0.value > 0 }
        let removed = work.removed.merging(found) { $0.addingReportingOverflow($1).partialValue }
        // What the last look found is reported as well.
        let unreporting: SQL = found.isEmpty ? "" : ", reported_at = NULL"
        let next: SQL
        switch step.next {
        case .more(let place): next = "place = \(place)::uuid, retry_at = clock_timestamp()"
        case .later: next = "retry_at = clock_timestamp() + \(pauseForOthers / .seconds(1)) * interval '1 second'"
        case .done where work.isLastLook: next = "closed_at = clock_timestamp()"
        case .done:
            next = """
                place = NULL, done_at = clock_timestamp(),
                retry_at = noted_at + \(lastLook / .seconds(1)) * interval '1 second'
                """
        }
        try await transaction.execute(
            """
            UPDATE account_erasures SET removed = \(try json(removed))::jsonb\(sql: unreporting), \(sql: next)
            WHERE user_id = \(work.account)
            """)
        return step.next == .done && !work.isLastLook ? .done(work.account, removed: removed) : .stepped
    }

    func postpone(_ account: UUID) async throws {
        try await database.execute(
            """
            UPDATE account_erasures
            SET retry_at = clock_timestamp() + \(Self.pauseAfterFailure / .seconds(1)) * interval '1 second'
            WHERE user_id = \(account)
            """)
    }

    static func counts(_ text: String) throws -> [String: Int64] {
        try JSONDecoder().decode([String: Int64].self, from: Data(text.utf8))
    }

    static func json(_ counts: [String: Int64]) throws -> String {
        String(decoding: try JSONEncoder().encode(counts), as: UTF8.self)
    }
}
