import DomainKit
import Foundation
import Postgres
import UserDomain

/// How an account is laid out for those who look after the platform, in a row of `users u`.
enum ManagedUserRow {
    static let columns: SQL = """
        \(sql: UserRow.columns), now(),
        (SELECT count(*) FROM sessions s WHERE s.user_id = u.id AND s.expires_at > now())
        """
    static let count = UserRow.count + 2

    static func read(_ row: PostgresRow) throws -> ManagedUser {
        ManagedUser(
            user: try UserRow.read(row), sessionCount: try row[UserRow.count + 1, as: Int.self],
            readAt: try row[UserRow.count, as: Date.self])
    }
}
