public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import UserDomain

/// Accounts as those see them who look after the platform, and the audit trail, in PostgreSQL.
public struct PostgresAdministration: Sendable {
    let database: PostgresClient

    /// What the database itself watches over, whatever statement it is that would break it.
    static var rules: [String: Failure] { ["users_last_admin": .lastAdmin] }

    public init(database: PostgresClient) {
        self.database = database
    }
}

extension PostgresAdministration: AdministrationStore {
    public func account(_ id: UserID) async throws -> ManagedUser? {
        try await fromPostgres {
            try await database.first("SELECT \(sql: ManagedUserRow.columns) FROM users u WHERE u.id = \(id.uuid)")
                .map(ManagedUserRow.read)
        }
    }

    /// Two walks along an index each, of addresses and of names, which stop when the page is full; whoever is found by both
    /// counts once.
    public func accounts(_ search: UserSearch, page: PageRequest) async throws -> Page<ManagedUser> {
        let after = try page.after.map { try UserSearchCursor($0) }
        let byAddress = SearchColumn(name: "u.email", text: search.address)
        let byName = SearchColumn(name: "u.display_name", text: search.name)
        var found = byAddress.matches(after: after, limit: page.limit + 1)
        if !search.isEmpty {
            found = """
                \(sql: found)
                UNION ALL
                \(sql: byName.matches(after: after, limit: page.limit + 1, but: byAddress.isMatch))
                """
        }
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: ManagedUserRow.columns), f.key FROM (\(sql: found)) f JOIN users u ON u.id = f.id
                ORDER BY f.key, f.id LIMIT \(page.limit + 1)
                """)
            let accounts = try rows.map { row in
                (account: try ManagedUserRow.read(row), key: try row[ManagedUserRow.count, as: String.self])
            }
            return Page(accounts, limit: page.limit) { UserSearchCursor(key: $0.key, id: $0.account.user.id).cursor }
                .map(\.account)
        }
    }

    public func auditTrail(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditRecord> {
        var conditions: SQL = "true"
        if let after = page.after { conditions.append(" AND a.seq < \(try AuditCursor(after).seq)") }
        if let actor = filter.actorID { conditions.append(" AND a.actor_id = \(actor.uuid)") }
        if let subject = filter.subjectID { conditions.append(" AND a.subject_id = \(subject.uuid)") }
        if let action = filter.action { conditions.append(" AND a.action = \(action)") }
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: AuditRow.columns) FROM audit_events a WHERE \(sql: conditions)
                ORDER BY a.seq DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.map(AuditRow.read), limit: page.limit) { AuditCursor($0.seq).cursor }
        }
    }
}
