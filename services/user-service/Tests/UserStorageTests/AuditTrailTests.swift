import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// What happens to those who lay hands on the audit trail.
/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct AuditTrailTests {
    /// Seven lines, of every kind and with values that are easily mistaken for one another.
    private func fill(_ database: PostgresClient) async throws {
        let house = try await House(database)
        let rulings: [Ruling] = [
            .ban(try BanReason("1:2;-;"), until: Date(timeIntervalSince1970: 4_000_000_000)), .liftBan,
            .roles([.user, .creator]), .membership(Membership(tier: "member", source: "店")),
            .profile(displayName: try DisplayName("\"次郎\" \\ 👩‍👩‍👧‍👦"), isEmailVerified: true),
            .ban(try BanReason("e\u{301}"), until: nil), .liftBan,
        ]
        for (index, ruling) in rulings.enumerated() { try await house.rule(ruling, ifVersion: index + 1) }
    }

    /// As somebody does who owns the tables.
    private func tamper(_ database: PostgresClient, _ statements: SQL...) async throws {
        _ = try await database.atomically(
            [
                "ALTER TABLE audit_events DISABLE TRIGGER refuse_audit_change",
                "ALTER TABLE audit_events DISABLE TRIGGER refuse_audit_line_change",
                "ALTER TABLE audit_head DISABLE TRIGGER refuse_audit_change",
            ] + statements)
    }

    private func flaw(
        _ database: PostgresClient, against kept: [AuditHead] = []
    ) async throws -> AuditVerifier.Flaw? {
        do {
            _ = try await AuditVerifier(database: database, batch: 2).verify(against: kept)
            return nil
        } catch let flaw as AuditVerifier.Flaw {
            return flaw
        }
    }

    @Test func `a trail is whole, in pages of any length`() async throws {
        try await TestDatabase.with { database in
            #expect(try await AuditVerifier(database: database).verify().seq == 0)
            try await fill(database)
            for batch in [1, 2, 7, 8, 1_000] {
                let head = try await AuditVerifier(database: database, batch: batch).verify()
                #expect(head.seq == 7)
                #expect(try await AuditVerifier(database: database).verify(against: [head]) == head)
            }
            let lines = try await PostgresAdministration(database: database).auditTrail(
                AuditFilter(), page: PageRequest())
            let head = try await AuditVerifier(database: database).head()
            #expect(lines.items.first?.hash == head?.hash)
        }
    }

    @Test(
        arguments: [
            "UPDATE audit_events SET reason = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events",
            "UPDATE audit_events SET reason = 'x' WHERE false", "DELETE FROM audit_head", "TRUNCATE audit_head",
        ] as [String])
    func `nothing is changed or removed`(statement: String) async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            let error = await #expect(throws: PostgresError.self) { try await database.execute(SQL(raw: statement)) }
            #expect(error?.message.contains("append-only") == true)
            #expect(try await flaw(database) == nil)
        }
    }

    /// Lines about somebody who is erased then: a name, a ban with a reason, and roles, which have no words in them.
    private func erase(in database: PostgresClient) async throws -> AuditHead {
        let house = try await House(database)
        let rulings: [Ruling] = [
            .profile(displayName: try DisplayName("花子 次郎"), isEmailVerified: nil),
            .ban(try BanReason("花子 again"), until: nil), .roles([.user, .creator]),
        ]
        for (index, ruling) in rulings.enumerated() { try await house.rule(ruling, ifVersion: index + 1) }
        let told = try await AuditVerifier(database: database).verify()
        _ = try await PostgresAccounts(database: database).erase(house.user.id, ifVersion: 4)
        return told
    }

    @Test func `whoever is erased takes no line away, and leaves no name in any`() async throws {
        try await TestDatabase.with { database in
            let told = try await erase(in: database)
            let head = try await AuditVerifier(database: database, batch: 2).verify(against: [told])
            #expect(head.seq == 5)
            let lines = try await database.query(
                "SELECT action || ' ' || coalesce(reason, '-') || ' ' || coalesce(after::text, '-') FROM audit_events ORDER BY seq"
            ).decode(String.self)
            #expect(
                lines.prefix(4) == [
                    "profile_changed - -", "banned - -", #"roles_changed - {"roles":["creator","user"]}"#,
                    "account_erased - -",
                ])
            #expect(lines.last?.hasPrefix(#"names_removed - {"lines" : { "1" : ""#) == true)
            #expect(!lines.joined().contains("花子"))
        }
    }

    @Test(
        arguments: [
            (#"UPDATE audit_events SET actor_id = NULL WHERE seq = 2"#, 2),
            ("UPDATE audit_events SET reason = 'y' WHERE seq = 2", 2),
            ("UPDATE audit_events SET action = 'lifted' WHERE seq = 1", 1),
            // A line that nobody vouches for.
            ("UPDATE audit_events SET names_removed = true, after = NULL, before = NULL WHERE seq = 3", 3),
            ("UPDATE audit_events SET hash = decode(repeat('00', 32), 'hex') WHERE seq = 2", 3),
        ] as [(String, Int64)])
    func `what is left of a line without names is vouched for`(change: String, seq: Int64) async throws {
        try await TestDatabase.with { database in
            _ = try await erase(in: database)
            try await tamper(database, SQL(raw: change))
            #expect(try await flaw(database) == .changed(seq: seq))
        }
    }

    @Test(arguments: [
        "reason = NULL, before = NULL, after = NULL, names_removed = true, actor_id = NULL", "reason = 'y'",
        "names_removed = true",
    ])
    func `the way by which names are removed removes nothing else`(change: String) async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction { transaction in
                    _ = try await transaction.query("SELECT set_config('hiroba.removes_names', 'on', true)")
                    try await transaction.execute("UPDATE audit_events SET \(sql: SQL(raw: change)) WHERE seq = 1")
                }
            }
            #expect(error?.message.contains("append-only") == true)
        }
    }

    @Test(arguments: [
        "reason = 'y'", "reason = NULL", "actor_id = NULL", "actor_id = subject_id, subject_id = actor_id",
        "action = 'profile_changed'", "request_id = ''", "at = at + interval '1 microsecond'", "at = 'infinity'",
        "id = gen_random_uuid()", "before = NULL", "before = '{ \"ban\":null}'",
        "hash = decode(repeat('00', 32), 'hex')",
        "reason = request_id, request_id = reason",
    ])
    func `the first line that was changed is named`(change: String) async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            try await tamper(database, "UPDATE audit_events SET \(sql: SQL(raw: change)) WHERE seq IN (1, 6)")
            #expect(try await flaw(database) == .changed(seq: 1))
        }
    }

    @Test(arguments: [1, 3, 7] as [Int64])
    func `the first line that is missing is named, the last one too`(seq: Int64) async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            try await tamper(database, "DELETE FROM audit_events WHERE seq = \(seq)")
            #expect(try await flaw(database) == .missing(seq: seq))
        }
    }

    @Test func `an end that was cut off with its head is seen by a head that was told before`() async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            let verifier = AuditVerifier(database: database)
            let told = try await verifier.verify()
            try await tamper(
                database, "DELETE FROM audit_events WHERE seq > 5",
                "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_events WHERE seq = 5)")
            #expect(try await flaw(database) == nil)
            #expect(try await flaw(database, against: [told]) == .missing(seq: 6))
        }
    }

    @Test func `a trail that was written anew is seen by heads that were told before`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let verifier = AuditVerifier(database: database)
            var told: [AuditHead] = []
            for version in 1...6 {
                try await house.rule(.roles(version.isMultiple(of: 2) ? [.user] : [.creator]), ifVersion: version)
                told.append(try await verifier.verify())
            }
            // From the fourth line on, with every hash as it should be.
            try await tamper(
                database, "CREATE TABLE kept AS SELECT * FROM audit_events WHERE seq > 3",
                "DELETE FROM audit_events WHERE seq > 3",
                "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_events WHERE seq = 3)",
                """
                INSERT INTO audit_events (actor_id, subject_id, action, before, after)
                SELECT subject_id, actor_id, action, before, after FROM kept ORDER BY seq
                """)
            #expect(try await flaw(database) == nil)
            #expect(try await flaw(database, against: [told[5]]) == .rewritten(after: 0, upTo: 6))
            #expect(try await flaw(database, against: told) == .rewritten(after: 3, upTo: 4))
            #expect(try await flaw(database, against: Array(told.prefix(3))) == nil)
        }
    }

    @Test func `a head that tells of another end is seen`() async throws {
        try await TestDatabase.with { database in
            try await fill(database)
            try await tamper(database, "UPDATE audit_head SET hash = decode(repeat('11', 32), 'hex')")
            #expect(try await flaw(database) == .headChanged(seq: 7))
            try await tamper(database, "UPDATE audit_head SET seq = 3")
            #expect(try await flaw(database) == .headChanged(seq: 7))
            try await tamper(database, "DELETE FROM audit_head")
            #expect(try await flaw(database) == .headChanged(seq: 0))
        }
    }

    @Test func `lines of two replicas have the numbers of their commits, without holes`() async throws {
        try await replicas { one, other in
            let (first, second) = (try await House(one), try await House(other))
            try await withThrowingTaskGroup { group in
                for house in [first, second] {
                    group.addTask {
                        for version in 1...20 {
                            try await house.rule(
                                .roles(version.isMultiple(of: 2) ? [.user] : [.creator]), ifVersion: version)
                            // One that fails takes no number with it.
                            _ = try? await house.rule(.roles([.moderator]), ifVersion: 1)
                        }
                    }
                    group.addTask { _ = try await AuditVerifier(database: one, batch: 3).verify() }
                }
                try await group.waitForAll()
            }
            #expect(try await AuditVerifier(database: one).verify().seq == 40)
            let times = try await one.query("SELECT at FROM audit_events ORDER BY seq").decode(Date.self)
            #expect(times == times.sorted())
        }
    }

    @Test func `a head is read as it was told, and nothing else is`() throws {
        let text = "17:" + String(repeating: "0aF9", count: 16)
        let head = try #require(AuditHead(text))
        #expect(head.seq == 17 && head.description == text.lowercased())
        for other in [
            "", ":", "17", "17:", "x:\(text.dropFirst(3))", "-1:\(text.dropFirst(3))", "017:\(text.dropFirst(3))",
            "\(text)0", text.replacing("a", with: "g"), "9223372036854775808:\(text.dropFirst(3))",
            "17:\(text.dropFirst(3)):",
            "17:" + String(repeating: "é", count: 32),
        ] { #expect(AuditHead(other) == nil, "\(other)") }
    }
}
