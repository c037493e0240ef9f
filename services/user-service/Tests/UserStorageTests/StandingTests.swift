import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Bans and memberships, which begin and end by the database's time.
@Suite struct StandingTests {
    func user(_ database: PostgresClient) async throws -> User {
        try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
    }

    @Test func `a ban and a membership are read as they were set, while they are in force`() async throws {
        try await TestDatabase.with { database in
            let (accounts, now) = (PostgresAccounts(database: database), TestClock().now)
            let user = try await user(database)
            try await database.ban(user.id, until: now + 3_600)
            let membership = Membership(tier: "member", from: now - 60, until: now + 7_200, source: "shop")
            try await database.setMembership(membership, of: user.id)
            let found = try #require(try await accounts.user(user.id))
            #expect(found.ban?.until == now + 3_600 && found.ban?.reason == "spam" && found.epoch == 2)
            #expect(found.membership == membership && found.tier == "member")
            try await database.age(3_601)
            let later = try #require(try await accounts.user(user.id))
            #expect(later.ban == nil && later.tier == "member")
            try await database.age(3_600)
            let last = try #require(try await accounts.user(user.id))
            #expect(last.tier == "free" && last.membership?.tier == "member")
        }
    }

    @Test func `a ban that ends by itself is told of once, by whichever replica`() async throws {
        try await replicas { database, other in
            let user = try await user(database)
            try await database.ban(user.id, until: Date() + 3_600)
            #expect(try await !PostgresStandings(database: database).settle())
            #expect(try await database.told(of: user.id) == ["banned 1"])
            try await database.age(3_601)
            try await withThrowingTaskGroup { group in
                for client in [database, other, database, other] {
                    group.addTask { _ = try await PostgresStandings(database: client).settle() }
                }
                try await group.waitForAll()
            }
            #expect(try await database.told(of: user.id) == ["banned 1", "ban_lifted 2"])
            try await expectLine(of: user, database)
            let row = try await database.first("SELECT num_nulls(banned_at, banned_until, ban_reason) FROM users")
            #expect(try row?.decode(Int.self) == 3)
        }
    }

    /// That the ban was, and is over by the time.
    private func expectLine(of user: User, _ database: PostgresClient) async throws {
        let trail = try await PostgresAdministration(database: database).auditTrail(
            AuditFilter(action: "ban_expired"), page: PageRequest())
        let line = try #require(trail.items.first)
        #expect(trail.items.count == 1 && line.subjectID == user.id && line.actorID == nil && line.actor == .time)
        let before = try JSONDecoder().decode(
            [String: [String: String]].self, from: Data((line.before ?? "").utf8))
        #expect(before["ban"].map { Set($0.keys) } == ["at", "reason", "until"])
        #expect(before["ban"]?["reason"] == "spam" && line.after == #"{"ban":null}"#)
        #expect(before["ban"]?["until"].flatMap { RFC3339.date(from: $0) } != nil)
        #expect(try await AuditVerifier(database: database).verify().seq == 2)
    }

    @Test func `a membership begins and lapses, though nobody looked in between`() async throws {
        try await TestDatabase.with { database in
            let user = try await user(database)
            let now = Date()
            try await database.setMembership(
                Membership(tier: "member", from: now + 1_000, until: now + 2_000), of: user.id)
            try await database.ban(user.id, until: now + 2_000)
            try await database.age(2_001)
            for _ in 0..<5 { _ = try await PostgresStandings(database: database).settle() }
            #expect(
                try await database.told(of: user.id) == [
                    "membership_changed 1", "banned 2", "membership_changed 3", "ban_lifted 4", "membership_changed 5",
                ])
            #expect(try await database.query("SELECT 1 FROM users WHERE standing_changes_at IS NOT NULL").count == 0)
        }
    }

    @Test func `more than a batch is settled batch by batch`() async throws {
        try await TestDatabase.with { database in
            try await database.execute(
                """
                INSERT INTO users (id, email, display_name, password_hash, roles, is_email_verified, version, created_at,
                                   updated_at, banned_at, banned_until, standing_changes_at)
                SELECT gen_random_uuid(), n::text, 'a', '', '{}', false, 1, now(), now(), now(), now(), now()
                FROM generate_series(1, \(PostgresStandings.batch + 1)) n
                """)
            let standings = PostgresStandings(database: database)
            #expect(try await standings.settle())
            #expect(try await !standings.settle())
            let count = try await database.first("SELECT count(*), max(seq) FROM identity_events")
            #expect(try count?.decode((Int, Int).self) ?? (0, 0) == (201, 201))
        }
    }

    @Test func `tokens given out after the end of a ban are not voided by the telling of it`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await user(database)
            let opening = SessionOpening.sample(of: user.id)
            _ = try await accounts.open(opening)
            try await database.ban(user.id, until: Date() + 3_600)
            #expect(try await accounts.grant(opening.id)?.user.ban != nil)
            try await database.age(3_601)
            let refreshed = try #require(try await accounts.grant(opening.id)?.user)
            let signedIn = try #require(try await accounts.credentials(of: user.email, device: nil)?.user)
            while try await PostgresStandings(database: database).settle() {}
            #expect(try await database.told(of: user.id) == ["banned 1", "ban_lifted 2"])
            #expect(refreshed.ban == nil && refreshed.epoch == 2 && signedIn.epoch == 2)
        }
    }
}
