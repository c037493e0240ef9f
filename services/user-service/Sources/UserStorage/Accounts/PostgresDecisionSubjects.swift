public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import UserDomain

/// Accounts as decisions see them, in PostgreSQL: one statement however many there are, and all as they are when it begins.
public struct PostgresDecisionSubjects: DecisionSubjects {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func subjects(_ ids: Set<UserID>) async throws -> [UserID: DecisionSubject] {
        try await fromPostgres {
            let rows = try await database.query(
                "SELECT \(sql: UserRow.columns), now() FROM users u WHERE u.id = ANY(\(ids.map(\.uuid)))")
            let found = try rows.map { row in
                DecisionSubject(user: try UserRow.read(row), readAt: try row[UserRow.count, as: Date.self])
            }
            return Dictionary(uniqueKeysWithValues: found.map { ($0.user.id, $0) })
        }
    }
}
