import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Graces of refresh tokens by the database's time, which is moved by writing older times into it.
@Suite struct RefreshGraceTests {
    /// A process whose clock is ten years off.
    let refresh: (PostgresClient) -> RefreshSession<PostgresAccounts, PlainTokens> = {
        RefreshSession(
            sessions: PostgresAccounts(database: $0), tokens: PlainTokens(), secrets: ToySecrets(),
            rules: SessionRules(), clock: TestClock(Date(timeIntervalSince1970: 2_200_000_000)))
    }

    func signedIn(_ database: PostgresClient) async throws -> RefreshToken {
        let accounts = PostgresAccounts(database: database)
        let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
        let secret = ToySecrets().first()
        let opening = SessionOpening.sample(
            of: user.id, chain: RefreshChain(first: secret, secrets: ToySecrets()))
        #expect(try await accounts.open(opening))
        return RefreshToken(session: opening.id, generation: 0, secret: secret)
    }

    func age(_ database: PostgresClient, _ seconds: Int) async throws {
        try await database.execute(
            """
            UPDATE sessions SET refresh_spent_at =
                ARRAY(SELECT t - \(seconds) * interval '1 second' FROM unnest(refresh_spent_at) t ORDER BY t)
            """)
    }

    func code(_ body: () async throws -> IssuedTokens) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch { return (error as? Failure)?.code }
    }

    @Test func `within two minutes a spent token gives the same successor, as long as that is unused`() async throws {
        try await TestDatabase.with { database in
            let (first, refresh) = (try await signedIn(database), refresh(database))
            let second = try await refresh(first.description, device: Device()).refresh
            try await age(database, 115)
            #expect(try await refresh(first.description, device: Device()).refresh == second)
            try await age(database, 10)
            #expect(
                await code { try await refresh(first.description, device: Device()) } == "user.refresh-token-reused")
            #expect(
                await code { try await refresh(second.description, device: Device()) } == "user.refresh-token-invalid")
            #expect(try await database.query("SELECT 1 FROM security_events").count == 1)
        }
    }

    @Test func `once the successor was used it gives it for ten seconds more, counted from its own use`() async throws {
        try await TestDatabase.with { database in
            let (first, refresh) = (try await signedIn(database), refresh(database))
            let second = try await refresh(first.description, device: Device()).refresh
            try await age(database, 5)
            let third = try await refresh(second.description, device: Device()).refresh
            #expect(try await refresh(first.description, device: Device()).refresh == second)
            try await age(database, 6)
            #expect(try await refresh(second.description, device: Device()).refresh == third)
            #expect(
                await code { try await refresh(first.description, device: Device()) } == "user.refresh-token-reused")
        }
    }

    @Test func `a session ends by the database's time`() async throws {
        try await TestDatabase.with { database in
            let (first, refresh) = (try await signedIn(database), refresh(database))
            try await database.execute("UPDATE sessions SET expires_at = now() - interval '1 second'")
            #expect(
                await code { try await refresh(first.description, device: Device()) } == "user.refresh-token-invalid")
        }
    }
}
