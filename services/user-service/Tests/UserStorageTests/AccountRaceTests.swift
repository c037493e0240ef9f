import DomainKit
import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Pairs of transitions on one account. The last two hold its row from a transaction of their own, so that the other side is
/// certain to come second.
@Suite struct AccountRaceTests {
    @Test func `whatever meets on one account, old passwords keep no session and everyone is told the truth`()
        async throws
    {
        try await replicas { one, other in
            try await AccountRaces(PostgresAccounts(database: one), PostgresAccounts(database: other)).all()
        }
    }

    @Test func `a sign-in that waits for a new password opens nothing`() async throws {
        try await replicas { database, other in
            let accounts = PostgresAccounts(database: other)
            let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
            let opening = SessionOpening.sample(of: user.id)
            let isOpen = try await database.transaction { transaction in
                try await transaction.execute("UPDATE users SET password_hash = '$2' WHERE id = \(user.id.uuid)")
                return try await second(in: database) { try await accounts.open(opening) }
            }
            #expect(try await !isOpen.value)
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
            #expect(try await database.query("SELECT 1 FROM devices").count == 0)
        }
    }

    @Test func `a new password that waits for a sign-in ends its session`() async throws {
        try await replicas { database, other in
            let accounts = PostgresAccounts(database: other)
            let (old, new) = (PasswordHash(phc: "$1"), PasswordHash(phc: "$2"))
            let user = try await accounts.insert(.sample(), hash: old)
            let change = try await database.transaction { transaction in
                try await transaction.execute("SELECT 1 FROM users WHERE id = \(user.id.uuid) FOR SHARE")
                let change = try await second(in: database) {
                    try await accounts.changePassword(of: user.id, from: old, to: new, keeping: nil)
                }
                // What a sign-in does once it holds the row.
                try await transaction.execute(
                    """
                    INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, refresh_generation,
                                          refresh_digest, refresh_spent_at)
                    VALUES (gen_random_uuid(), \(user.id.uuid), now(), now(), now() + interval '1 day', 0,
                            \(ToySecrets().first()), '{}')
                    """)
                return change
            }
            #expect(try await change.value == .made(user.after(1)))
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
        }
    }
}
