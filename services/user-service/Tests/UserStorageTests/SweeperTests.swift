import DomainKit
import Foundation
import Logging
import OneTimePasswords
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct SweeperTests {
    func sweeper(_ database: PostgresClient) -> Sweeper {
        Sweeper(database: database, logger: Logger(label: "test"))
    }

    /// A live and an expired session, an expired kept answer, an old device and an old guess; returns the live one.
    func fill(_ database: PostgresClient) async throws -> SessionID {
        let accounts = PostgresAccounts(database: database)
        let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
        let (live, old) = (SessionOpening.sample(of: user.id), SessionOpening.sample(of: user.id))
        for opening in [live, old] { _ = try await accounts.open(opening) }
        try await database.execute("UPDATE sessions SET expires_at = now() WHERE id = \(old.id.uuid)")
        try await database.execute(
            "UPDATE devices SET last_seen_at = now() - interval '401 days' WHERE digest = \(old.mark)")
        try await database.execute(
            """
            INSERT INTO kept_answers (caller, route, key, fingerprint, token, lease_until, expires_at)
            VALUES ('a', 'b', 'c', '', gen_random_uuid(), now(), now())
            """)
        try await database.execute(
            "INSERT INTO guesses VALUES ('\\x00', 1, now() - interval '16 minutes'), ('\\x01', 1, now())")
        return live.id
    }

    func counts(_ database: PostgresClient) async throws -> [Int64] {
        var all: [Int64] = []
        for table: SQL in ["sessions", "devices", "kept_answers", "guesses"] {
            all += try await database.query("SELECT count(*) FROM \(sql: table)").decode(Int64.self)
        }
        return all
    }

    @Test func `what is over goes, and nothing else`() async throws {
        try await TestDatabase.with { database in
            let live = try await fill(database)
            #expect(await sweeper(database).sweep() == 4)
            #expect(try await counts(database) == [1, 1, 0, 1])
            #expect(try await PostgresAccounts(database: database).grant(live) != nil)
        }
    }

    @Test func `sign-ins without a second step go, and factors without a first code`() async throws {
        try await TestDatabase.with { database in
            let factors = PostgresSecondFactors(database: database, key: .sample())
            var users: [User] = []
            for _ in 0..<3 {
                let user = try await PostgresAccounts(database: database).insert(
                    .sample(), hash: PasswordHash(phc: "$1"))
                let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
                #expect(try await factors.begin(factor, of: user.id))
                users.append(user)
            }
            try await database.execute(
                """
                UPDATE totp_factors SET created_at = now() - interval '16 minutes'
                WHERE user_id <> \(users[0].id.uuid)
                """)
            try await database.execute(
                "UPDATE totp_factors SET confirmed_at = now() WHERE user_id = \(users[1].id.uuid)")
            for minutes in [0, 1] {
                try await database.execute(
                    """
                    INSERT INTO sign_in_steps (digest, user_id, password_hash, epoch, factor_id, expires_at)
                    VALUES (\(ToySecrets().first()), \(users[1].id.uuid), '$1', 0, gen_random_uuid(),
                            now() + \(minutes) * interval '1 minute')
                    """)
            }
            #expect(await sweeper(database).sweep() == 2)
            let kept = try await database.query("SELECT user_id FROM totp_factors").decode(UUID.self)
            #expect(Set(kept) == [users[0].id.uuid, users[1].id.uuid])
            #expect(try await database.query("SELECT 1 FROM sign_in_steps").count == 1)
        }
    }

    @Test func `events go once no token is as old, and the last one stays`() async throws {
        try await TestDatabase.with { database in
            for age in [200, 121, 119] {
                try await database.execute(
                    """
                    INSERT INTO identity_events (seq, kind, user_id, epoch, at)
                    SELECT next_identity_event(), 'banned', gen_random_uuid(), 1, now() - \(age) * interval '1 minute'
                    """)
            }
            func left() async throws -> [Int64] {
                try await database.query("SELECT seq FROM identity_events ORDER BY seq").decode(Int64.self)
            }
            #expect(await sweeper(database).sweep() == 2)
            #expect(try await left() == [3])
            try await database.execute("UPDATE identity_events SET at = at - interval '1 day'")
            #expect(await sweeper(database).sweep() == 0)
            #expect(try await left() == [3])
        }
    }

    @Test func `rows that cannot go keep no others from going`() async throws {
        try await TestDatabase.with { database in
            _ = try await fill(database)
            try await database.execute(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$
                """)
            try await database.execute(
                "CREATE TRIGGER refuse BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION refuse()")
            #expect(await sweeper(database).sweep() == 3)
            #expect(try await counts(database) == [2, 1, 0, 1])
        }
    }

    @Test func `more than a batch goes in one round`() async throws {
        try await TestDatabase.with { database in
            try await database.execute(
                """
                INSERT INTO guesses SELECT int4send(n), 1, now() - interval '1 day' FROM generate_series(1, 2500) n
                """)
            #expect(await sweeper(database).sweep() == 2_500)
        }
    }
}
