public import DomainKit
import Foundation
import Postgres
import StorageKit
public import UserDomain

extension PostgresAccounts: SecurityEvents {
    public func securityEvents(of user: UserID, page: PageRequest) async throws -> Page<SecurityEvent> {
        let after = try page.after.map { try SecurityEventCursor($0) }
        return try await fromPostgres {
            // Only known kinds, so that a page is full as long as there are more.
            let rows = try await database.query(
                """
                SELECT \(sql: SecurityEventRow.columns) FROM security_events e
                WHERE e.user_id = \(user.uuid)
                  AND replace(e.kind, '-', '_') = ANY(\(SecurityEvent.Kind.allCases.map(\.rawValue)))
                  AND (\(after?.at)::timestamptz IS NULL OR (e.at, e.id) < (\(after?.at), \(after?.id)))
                ORDER BY e.at DESC, e.id DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.compactMap(SecurityEventRow.read), limit: page.limit) {
                SecurityEventCursor($0).cursor
            }
        }
    }
}
