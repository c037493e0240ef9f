import DomainKit
import Foundation
import Logging
import OneTimePasswords
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// On two replicas, so that calls meet.
@Suite struct PostgresSecondFactorsTests {
    func factors(_ body: (SecondFactorContract) async throws -> Void) async throws {
        try await replicas { one, other in
            try await body(
                SecondFactorContract(
                    PostgresAccounts(database: one), PostgresSecondFactors(database: one, key: .sample()),
                    PostgresSecondFactors(database: other, key: .sample())))
        }
    }

    @Test func `counts nothing before its first code`() async throws {
        try await factors { try await $0.countsNothingBeforeItsFirstCode() }
    }
    @Test func `ends what was opened without it`() async throws {
        try await factors { try await $0.endsWhatWasOpenedWithoutIt() }
    }
    @Test func `takes a code once`() async throws { try await factors { try await $0.takesACodeOnce() } }
    @Test func `shows a code in a session`() async throws {
        try await factors { try await $0.showsACodeInASession() }
    }
    @Test func `voids tokens of roles with it`() async throws {
        try await factors { try await $0.voidsTokensOfRolesWithIt() }
    }
    @Test func `tells from where a factor changed`() async throws {
        try await replicas { one, other in
            let contract = SecondFactorContract(
                PostgresAccounts(database: one), PostgresSecondFactors(database: one, key: .sample()),
                PostgresSecondFactors(database: other, key: .sample()))
            try await contract.tellsFromWhereAFactorChanged { user in
                let events = try await PostgresAccounts(database: one).securityEvents(of: user, page: PageRequest())
                return events.items.reversed().map { ($0.kind, $0.sessionID, $0.device) }
            }
        }
    }
    @Test func `takes a factor away`() async throws { try await factors { try await $0.takesAFactorAway() } }
    @Test func `opens a session after both steps`() async throws {
        try await factors { try await $0.opensASessionAfterBothSteps() }
    }
    @Test func `lets one of many finish`() async throws { try await factors { try await $0.letsOneOfManyFinish() } }
    @Test func `leads nowhere once the account changed`() async throws {
        try await factors { try await $0.leadsNowhereOnceTheAccountChanged() }
    }
    @Test func `leaves no session without a code`() async throws {
        try await factors { try await $0.leavesNoSessionWithoutACode() }
    }

    /// An account whose factor is on.
    private func account(_ database: PostgresClient) async throws -> (user: User, factor: SecondFactor) {
        let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
        let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        let factors = PostgresSecondFactors(database: database, key: .sample())
        #expect(try await factors.begin(factor, of: user.id))
        let outcome = try await factors.confirm(
            factor.id, step: 100, recoveryDigests: [ToySecrets().first()], by: .sample(user.id))
        #expect(outcome == .done)
        return (user, factor)
    }

    private func step(_ user: User, _ factor: SecondFactor) -> SignInStep {
        SignInStep(
            digest: ToySecrets().first(), userID: user.id, checked: PasswordHash(phc: "$1"), epoch: user.epoch,
            factor: factor.id)
    }

    @Test func `a sign-in by password that waits for a factor opens nothing`() async throws {
        try await replicas { database, other in
            let accounts = PostgresAccounts(database: other)
            let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
            let isOpen = try await database.transaction { transaction in
                try await transaction.execute(
                    "UPDATE users SET second_factor = gen_random_uuid() WHERE id = \(user.id.uuid)")
                return try await second(in: database) { try await accounts.open(.sample(of: user.id)) }
            }
            #expect(try await !isOpen.value)
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
        }
    }

    @Test func `a second step that waits for its factor's end opens nothing and keeps its code`() async throws {
        try await replicas { database, other in
            let (user, factor) = try await account(database)
            let factors = PostgresSecondFactors(database: other, key: .sample())
            let step = step(user, factor)
            #expect(try await factors.keep(step))
            let opening = SessionOpening.sample(of: user.id, secondFactor: factor.id)
            let waiting = try await database.transaction { transaction in
                try await transaction.execute("UPDATE users SET second_factor = NULL WHERE id = \(user.id.uuid)")
                return try await second(in: database) {
                    try await factors.open(opening, after: step.digest, proof: .step(101))
                }
            }
            #expect(try await waiting.value == .changed)
            #expect(try await database.query("SELECT last_step FROM totp_factors").decode(Int64.self) == [100])
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
        }
    }

    @Test func `what has ended by its time leads nowhere, and uses no code up`() async throws {
        try await TestDatabase.with { database in
            let (user, factor) = try await account(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            let steps = [step(user, factor), step(user, factor)]
            for step in steps { #expect(try await factors.keep(step)) }
            let opening = SessionOpening.sample(of: user.id, secondFactor: factor.id)
            #expect(try await factors.open(opening, after: steps[0].digest, proof: .step(101)) == .done)
            for table: SQL in ["sign_in_steps", "sessions"] {
                try await database.execute("UPDATE \(sql: table) SET expires_at = now()")
            }
            #expect(try await factors.pendingSignIn(steps[1].digest) == nil)
            let late = SessionOpening.sample(of: user.id, secondFactor: factor.id)
            #expect(try await factors.open(late, after: steps[1].digest, proof: .step(102)) == .changed)
            let shown = try await factors.show(
                factor.id, of: user.id, proof: .step(102), in: opening.id, device: Device())
            #expect(shown == .changed)
            #expect(try await database.query("SELECT last_step FROM totp_factors").decode(Int64.self) == [101])
        }
    }

    @Test func `a factor whose first code comes too late is not turned on`() async throws {
        try await TestDatabase.with { database in
            let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
            let factors = PostgresSecondFactors(database: database, key: .sample())
            #expect(try await factors.begin(factor, of: user.id))
            try await database.execute("UPDATE totp_factors SET created_at = now() - interval '15 minutes'")
            #expect(try await factors.factor(of: user.id) == nil)
            let late = try await factors.confirm(factor.id, step: 100, recoveryDigests: [], by: .sample(user.id))
            #expect(late == .changed)
            #expect(try await database.query("SELECT 1 FROM users WHERE second_factor IS NOT NULL").count == 0)
        }
    }

    @Test func `a secret is sealed for its account and factor, and another key does not open it`() async throws {
        try await TestDatabase.with { database in
            let (user, factor) = try await account(database)
            let (stranger, _) = try await account(database)
            let stored = try await database.query("SELECT sealed_secret FROM totp_factors").decode(Data.self)
            #expect(stored.allSatisfy { $0.range(of: factor.secret.bytes) == nil })
            let other = PostgresSecondFactors(database: database, key: .sample(8))
            let shut = await #expect(throws: Failure.self) { try await other.factor(of: user.id) }
            #expect(shut?.kind == .unavailable)
            try await database.execute(
                """
                UPDATE totp_factors SET sealed_secret =
                    (SELECT sealed_secret FROM totp_factors WHERE user_id = \(user.id.uuid))
                WHERE user_id = \(stranger.id.uuid)
                """)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            #expect(try await factors.factor(of: user.id)?.factor.secret.bytes == factor.secret.bytes)
            await #expect(throws: Failure.self) { try await factors.factor(of: stranger.id) }
        }
    }

    @Test func `a secret opens with its factor alone, of all the account has had, and for its account alone`()
        async throws
    {
        try await TestDatabase.with { database in
            let factors = PostgresSecondFactors(database: database, key: .sample())
            let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let begun = (0..<2).map { _ in SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret()) }
            #expect(try await factors.begin(begun[0], of: user.id))
            let former = try #require(
                try await database.query("SELECT sealed_secret FROM totp_factors").decode(Data.self).first)
            #expect(try await factors.begin(begun[1], of: user.id))
            try await database.execute("UPDATE totp_factors SET sealed_secret = \(former)")
            await #expect(throws: Failure.self) { try await factors.factor(of: user.id) }
            // The same factor, moved to another account.
            let other = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            try await database.execute("UPDATE totp_factors SET id = \(begun[0].id.uuid)")
            #expect(try await factors.factor(of: user.id)?.factor.id == begun[0].id)
            try await database.execute("UPDATE totp_factors SET user_id = \(other.id.uuid)")
            await #expect(throws: Failure.self) { try await factors.factor(of: other.id) }
        }
    }

    @Test func `secrets of a former key are sealed anew, each once, and what opens to neither is counted`()
        async throws
    {
        try await TestDatabase.with { database in
            var users: [User] = []
            for _ in 0..<5 { users.append(try await account(database).user) }
            let present = PostgresSecondFactors(database: database, key: .sample(8))
            try await database.execute(
                "UPDATE totp_factors SET sealed_secret = '\\x00' WHERE user_id = \(users[4].id.uuid)")
            let none = try await present.reseal(from: .sample(9), batch: 2)
            #expect(none == .init(resealed: 0, shut: 5))
            #expect(try await present.reseal(from: .sample(), batch: 2) == .init(resealed: 4, shut: 1))
            #expect(try await present.reseal(from: .sample(), batch: 2) == .init(resealed: 0, shut: 1))
            for user in users.prefix(4) { #expect(try await present.factor(of: user.id) != nil) }
        }
    }

    @Test func `what changes a factor has a line in the audit trail, without a secret`() async throws {
        try await TestDatabase.with { database in
            let (user, factor) = try await account(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            for _ in 0..<2 {
                _ = try await factors.replaceRecoveryCodes(
                    factor.id, with: [ToySecrets().first()], proof: .step(101), by: .sample(user.id))
            }
            for _ in 0..<2 {
                _ = try await factors.remove(factor.id, proof: .step(102), voiding: [], by: .sample(user.id))
            }
            let lines = try await database.query("SELECT action FROM audit_events ORDER BY seq").decode(String.self)
            #expect(lines == ["signed_up", "mfa_added", "recovery_codes_replaced", "mfa_removed"])
            #expect(try await AuditVerifier(database: database).verify().seq == 4)
        }
    }

    @Test func `a recovery code that opened a session is a security event, one of an app is not`() async throws {
        try await TestDatabase.with { database in
            let (user, factor) = try await account(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            let digest = try #require(
                try await database.query("SELECT digest FROM recovery_codes").decode(Data.self).first)
            let openings = (0..<2).map { _ in SessionOpening.sample(of: user.id, secondFactor: factor.id) }
            for (opening, proof) in zip(openings, [FactorProof.step(101), .recovery(digest)]) {
                let first = step(user, factor)
                #expect(try await factors.keep(first))
                #expect(try await factors.open(opening, after: first.digest, proof: proof) == .done)
            }
            let events = try await database.query(
                "SELECT kind, session_id FROM security_events WHERE kind LIKE 'recovery%' OR kind LIKE 'totp%' ORDER BY kind"
            ).decode((String, UUID?).self)
            #expect(events.map(\.0) == ["recovery_code_used", "totp_enabled"])
            #expect(events.first?.1 == openings[1].id.uuid)
        }
    }

    @Test func `with the account everything of its factor goes`() async throws {
        try await TestDatabase.with { database in
            let (user, factor) = try await account(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            #expect(try await factors.keep(step(user, factor)))
            _ = try await PostgresAccounts(database: database).erase(user.id, ifVersion: 1)
            for table: SQL in ["totp_factors", "recovery_codes", "sign_in_steps"] {
                #expect(try await database.query("SELECT 1 FROM \(sql: table)").count == 0)
            }
        }
    }

    @Test func `a second step that the database's end interrupts has happened, or has not`() async throws {
        let server = try await TestPostgres.start(settings: ["synchronous_commit = on"])
        let client = PostgresClient(PostgresConfiguration(connectionString: try await server.createDatabase()))
        try await PostgresMigrations.userService().apply(on: client, logger: Logger(label: "test"))
        let factors = PostgresSecondFactors(database: client, key: .sample())
        let (user, factor) = try await account(client)
        let first = step(user, factor)
        let opening = SessionOpening.sample(of: user.id, secondFactor: factor.id)
        #expect(try await factors.keep(first))
        async let outcome = try? factors.open(opening, after: first.digest, proof: .step(101))
        try await server.kill()
        _ = await outcome
        try await server.start()
        let isOpen = try await eventually { try await client.query("SELECT 1 FROM sessions").count == 1 }
        let last = try await client.query("SELECT last_step FROM totp_factors").decode(Int64.self)
        #expect(last == [isOpen ? 101 : 100], "the code is used if there is a session")
        #expect(try await client.query("SELECT 1 FROM sign_in_steps").count == (isOpen ? 0 : 1), "and so is the step")
        await client.close()
    }
}
