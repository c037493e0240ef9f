public import DomainKit
import Foundation
import IdentityEvents
import Postgres
import StorageKit
public import UserDomain

/// What services report, and what there is to be seen of it.
extension PostgresErasures {
    public func take(_ removed: [String: Int64], of user: UserID, from service: String) async throws -> Erasure? {
        let json = String(decoding: try JSONEncoder().encode(removed), as: UTF8.self)
        let rows = try await fromPostgres {
            try await database.atomically([
                // Of two last reports at once the second one sees the first.
                "SELECT user_id FROM erasures WHERE user_id = \(user.uuid) FOR UPDATE",
                """
                INSERT INTO erasure_reports AS r (user_id, service, removed)
                SELECT user_id, \(service), \(json)::jsonb FROM erasures WHERE user_id = \(user.uuid)
                ON CONFLICT (user_id, service) DO UPDATE SET removed = excluded.removed, at = now()
                """,
                """
                UPDATE erasures e SET finished_at = now()
                WHERE e.user_id = \(user.uuid) AND e.finished_at IS NULL AND NOT EXISTS (
                    SELECT FROM unnest(\(ErasureReport.services.sorted())::text[]) AS s (name)
                    WHERE NOT EXISTS (
                        SELECT FROM erasure_reports r WHERE r.user_id = e.user_id AND r.service = s.name))
                RETURNING \(sql: ErasureRow.columns)
                """,
            ])
        }
        guard !rows[0].isEmpty else { throw Failure.erasureNotFound }
        return try rows[2].first.map(ErasureRow.read)
    }

    public func list(_ filter: ErasureFilter, page: PageRequest) async throws -> Page<Erasure> {
        let before = try page.after.map { try ErasureCursor($0).seq } ?? .max
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: ErasureRow.columns) FROM erasures e
                WHERE e.seq < \(before) AND (\(filter.user?.uuid)::uuid IS NULL OR e.user_id = \(filter.user?.uuid))
                  AND (\(filter.isFinished)::boolean IS NULL OR (e.finished_at IS NOT NULL) = \(filter.isFinished))
                ORDER BY e.seq DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.map(ErasureRow.read), limit: page.limit) {
                ErasureCursor($0.account.position.seq).cursor
            }
        }
    }

    public func backlog() async throws -> ErasureBacklog {
        try await fromPostgres {
            let row = try await database.first(
                """
                SELECT count(*), coalesce(extract(epoch FROM now() - min(b.at)), 0)::float8 FROM (
                    SELECT at FROM erasures WHERE finished_at IS NULL
                    UNION ALL SELECT erase_at FROM pending_erasures WHERE erase_at <= now()
                ) b
                """)
            guard let (count, seconds) = try row?.decode((Int, Double).self) else {
                return ErasureBacklog(unfinished: 0, oldest: .zero)
            }
            return ErasureBacklog(unfinished: count, oldest: .seconds(max(0, seconds)))
        }
    }
}
