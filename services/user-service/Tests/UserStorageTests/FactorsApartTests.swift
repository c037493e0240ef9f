import DomainKit
import Foundation
import OneTimePasswords
import Postgres
import Testing
import UserDomain
import UserTestKit
import WebAuthn

@testable import UserStorage

/// What somebody changes of their factors is nothing to others who have the same.
/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct FactorsApartTests {
    /// Two accounts, each with an app, a recovery code, a passkey, and sessions in which all of it was shown.
    private struct House {
        let database: PostgresClient
        let one: InterruptedAccount
        let other: InterruptedAccount
        let seen: [String: [String]]

        init(_ database: PostgresClient) async throws {
            self.database = database
            var accounts: [InterruptedAccount] = []
            for _ in 0..<2 {
                let account = try await InterruptedAccount(database)
                try await account.withFactor()
                _ = try await account.passkeys.add(account.draft, by: account.owner)
                for passkey in [account.user.id.uuid, nil] {
                    let session = SessionOpening.sample(of: account.user.id, secondFactor: account.factor.id)
                    _ = try await account.accounts.open(session)
                    try await database.execute(
                        """
                        UPDATE sessions SET amr = '{hwk,otp,pwd,rec}', passkey_id = \(passkey)
                        WHERE user_id = \(account.user.id.uuid) AND id = \(session.id.uuid)
                        """)
                }
                accounts.append(account)
            }
            (one, other) = (accounts[0], accounts[1])
            seen = try await rows(with: other.user.id.description, in: database)
        }

        /// Everything of the other account is as it was.
        func expectOtherUntouched(_ change: String) async throws {
            let now = try await rows(with: other.user.id.description, in: database)
            #expect(Set(seen.keys).isSuperset(of: ["users", "sessions", "totp_factors", "recovery_codes", "passkeys"]))
            for table in Set(seen.keys).union(now.keys) { #expect(now[table] == seen[table], "\(change): \(table)") }
        }

        func sessions(of account: InterruptedAccount) async throws -> Int {
            try await database.query("SELECT 1 FROM sessions WHERE user_id = \(account.user.id.uuid)").count
        }
    }

    @Test func `whatever one account changes of its app, another keeps its sessions, codes and tokens`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let (one, proof) = (house.one, FactorProof.step(101))
            let replaced = try await one.factors.replaceRecoveryCodes(
                one.factor.id, with: [Data(repeating: 2, count: 32)], proof: proof, by: one.owner)
            #expect(replaced == .done)
            try await house.expectOtherUntouched("other recovery codes")
            let shown = try await one.factors.show(
                one.factor.id, of: one.user.id, proof: .step(102), in: one.session.id, device: one.device)
            #expect(shown == .done)
            try await house.expectOtherUntouched("a code that is shown")
            let strange = try await one.factors.show(
                one.factor.id, of: one.user.id, proof: .step(103), in: house.other.session.id, device: one.device)
            #expect(strange == .changed, "in another's session")
            try await house.expectOtherUntouched("a code in another's session")
            let removed = try await one.factors.remove(
                one.factor.id, proof: .recovery(Data(repeating: 2, count: 32)), voiding: [.user], by: one.owner)
            #expect(removed == .done)
            try await house.expectOtherUntouched("an app that is gone")
            let anew = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
            #expect(try await one.factors.begin(anew, of: one.user.id))
            let confirmed = try await one.factors.confirm(
                anew.id, step: 200, recoveryDigests: [Data(repeating: 3, count: 32)], by: one.owner)
            #expect(confirmed == .done)
            try await house.expectOtherUntouched("an app that is on")
            #expect(try await house.sessions(of: one) == 1)
        }
    }

    @Test func `another account's recovery code opens nothing and stays`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let (one, strange) = (house.one, FactorProof.recovery(house.other.recovery))
            let outcome = try await one.factors.replaceRecoveryCodes(
                one.factor.id, with: [], proof: strange, by: one.owner)
            #expect(outcome == .codeSpent)
            let step = one.firstStep
            #expect(try await one.factors.keep(step))
            let opened = try await one.factors.open(
                .sample(of: one.user.id, checked: PasswordHash(phc: "$strong"), secondFactor: one.factor.id),
                after: step.digest, proof: strange)
            #expect(opened == .codeSpent)
            try await house.expectOtherUntouched("a code that was tried elsewhere")
        }
    }

    @Test func `whoever takes a passkey away ends nobody else's sessions, and no others of their own`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let one = house.one
            let kept = try #require(try await one.passkeys.passkey(PasskeyID(one.user.id.uuid), of: one.user.id))
            let strange = PasskeyID(house.other.user.id.uuid)
            #expect(try await one.passkeys.passkey(strange, of: one.user.id) == nil)
            #expect(try await one.passkeys.remove(strange, voiding: [.user], by: one.owner) == false)
            #expect(try await one.passkeys.show(kept, in: house.other.session.id, after: one.use) == false)
            let foreign = SessionOpening.sample(
                of: house.other.user.id, secondFactor: house.other.factor.id, methods: [.hardwareKey], passkey: kept.id)
            #expect(try await one.passkeys.open(foreign, with: kept, after: one.use) == false, "another's account")
            try await house.expectOtherUntouched("what was tried on it")
            let counted = try await one.passkeys.passkey(kept.id, of: one.user.id)?.passkey.signatureCount
            #expect(counted == 3, "nor is the passkey used")
            let before = try await house.sessions(of: one)
            #expect(try await one.passkeys.remove(kept.id, voiding: [.user], by: one.owner))
            #expect(try await house.sessions(of: one) == before - 1, "that in which it was shown")
            try await house.expectOtherUntouched("a passkey that is gone")
        }
    }

    @Test func `a change that waits for another one looks again`() async throws {
        try await replicas { one, other in
            let account = try await InterruptedAccount(one)
            try await account.withFactor()
            let changing = try await one.transaction { transaction in
                try await transaction.execute(
                    "UPDATE users SET second_factor = NULL WHERE id = \(account.user.id.uuid)")
                return try await second(in: one) {
                    try await PostgresSecondFactors(database: other, key: .sample()).replaceRecoveryCodes(
                        account.factor.id, with: [Data(repeating: 2, count: 32)], proof: .recovery(account.recovery),
                        by: account.owner)
                }
            }
            #expect(try await changing.value == .changed)
            let left = try await one.query("SELECT digest FROM recovery_codes").decode(Data.self)
            #expect(left == [account.recovery], "no code is used up")
        }
    }

    @Test func `a secret that is begun anew while others are sealed anew stays`() async throws {
        try await replicas { one, other in
            let account = try await InterruptedAccount(one)
            _ = try await account.factors.begin(account.factor, of: account.user.id)
            let present = KeyEncryptionKey.sample(9)
            let sealing = try await one.transaction { transaction in
                try await transaction.execute("UPDATE totp_factors SET sealed_secret = '\\x01'")
                return try await second(in: one) {
                    try await PostgresSecondFactors(database: other, key: present).reseal(from: .sample())
                }
            }
            #expect(try await sealing.value.resealed == 0)
            #expect(try await one.query("SELECT sealed_secret FROM totp_factors").decode(Data.self) == [Data([1])])
        }
    }

    @Test func `of two passkeys that are added at once one is the last there may be`() async throws {
        try await replicas { one, other in
            let account = try await InterruptedAccount(one)
            func insertion(_ count: Int) -> SQL {
                """
                INSERT INTO passkeys (id, user_id, credential_id, public_key, signature_count, transports,
                    is_backup_eligible, is_backed_up, model, name)
                SELECT gen_random_uuid(), \(account.user.id.uuid), decode(md5(random()::text), 'hex'), '\\x01', 0, '{}', false,
                    false, gen_random_uuid(), 'a' FROM generate_series(1, \(count))
                """
            }
            try await one.execute(insertion(KeptPasskey.mostPerUser - 1))
            let draft = try account.draft
            let adding = try await one.transaction { transaction in
                _ = try await transaction.query("SELECT 1 FROM users WHERE id = \(account.user.id.uuid) FOR UPDATE")
                try await transaction.execute(insertion(1))
                return try await second(in: one) {
                    try await PostgresPasskeys(database: other).add(draft, by: account.owner)
                }
            }
            let failure = await #expect(throws: Failure.self) { try await adding.value }
            #expect(failure?.code == Failure.tooManyPasskeys.code)
            #expect(try await one.query("SELECT 1 FROM passkeys").count == KeptPasskey.mostPerUser)
        }
    }
}
