import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit
import WebAuthn

@testable import UserStorage

/// On two replicas, so that calls meet.
@Suite struct PostgresPasskeysTests {
    func passkeys(_ body: (PasskeyContract) async throws -> Void) async throws {
        try await replicas { one, other in
            try await body(
                PasskeyContract(
                    PostgresAccounts(database: one), PostgresPasskeys(database: one), PostgresPasskeys(database: other))
            )
        }
    }

    @Test func `takes a challenge once`() async throws { try await passkeys { try await $0.takesAChallengeOnce() } }
    @Test func `keeps what was added`() async throws { try await passkeys { try await $0.keepsWhatWasAdded() } }
    @Test func `refuses what is too much`() async throws {
        try await passkeys { try await $0.refusesWhatIsTooMuch() }
    }
    @Test func `opens once per count`() async throws { try await passkeys { try await $0.opensOncePerCount() } }
    @Test func `shows a passkey in a session`() async throws {
        try await passkeys { try await $0.showsAPasskeyInASession() }
    }
    @Test func `opens the account that was seen`() async throws {
        try await passkeys { try await $0.opensTheAccountThatWasSeen() }
    }
    @Test func `tells from where a passkey changed`() async throws {
        try await replicas { one, other in
            let contract = PasskeyContract(
                PostgresAccounts(database: one), PostgresPasskeys(database: one), PostgresPasskeys(database: other))
            try await contract.tellsFromWhereAPasskeyChanged { user in
                let events = try await PostgresAccounts(database: one).securityEvents(of: user, page: PageRequest())
                return events.items.reversed().map { ($0.kind, $0.sessionID, $0.device) }
            }
        }
    }
    @Test func `takes a passkey away`() async throws { try await passkeys { try await $0.takesAPasskeyAway() } }

    private func added(_ database: PostgresClient) async throws -> (User, KeptPasskey) {
        let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
        let draft = KeptPasskey(
            id: PasskeyID(UUID()), userID: user.id,
            passkey: Passkey(
                id: ToySecrets().first(), publicKey: Data([1]), signatureCount: 3, transports: [],
                isBackupEligible: false, isBackedUp: false, model: UUID(), isDiscoverable: nil),
            name: try PasskeyName("a"), createdAt: Date())
        let kept = try await PostgresPasskeys(database: database).add(
            draft, by: .sample(user.id))
        return (user, kept)
    }

    private func opening(_ user: User, _ kept: KeptPasskey) -> SessionOpening {
        .sample(of: user.id, methods: [.hardwareKey], passkey: kept.id)
    }

    private let use = PasskeyUse(signatureCount: 4, isBackedUp: false, isUserVerified: true)

    @Test func `a challenge that is too old is not taken, and is swept away`() async throws {
        try await TestDatabase.with { database in
            let passkeys = PostgresPasskeys(database: database)
            let challenges = [PasskeyChallenge(), PasskeyChallenge(), PasskeyChallenge()]
            for challenge in challenges { try await passkeys.keep(challenge, for: .signIn) }
            try await database.execute(
                """
                UPDATE passkey_challenges SET expires_at = now() WHERE challenge <> \(challenges[2].bytes)
                """)
            #expect(try await !passkeys.take(challenges[0], for: .signIn))
            #expect(await Sweeper(database: database, logger: Logger(label: "test")).sweep() == 1)
            #expect(try await passkeys.take(challenges[2], for: .signIn))
        }
    }

    @Test func `a passkey is shown in no session whose time is over`() async throws {
        try await TestDatabase.with { database in
            let (user, kept) = try await added(database)
            let session = SessionOpening.sample(of: user.id)
            _ = try await PostgresAccounts(database: database).open(session)
            try await database.execute("UPDATE sessions SET expires_at = now()")
            #expect(try await !PostgresPasskeys(database: database).show(kept, in: session.id, after: use))
            #expect(try await database.query("SELECT signature_count FROM passkeys").decode(Int64.self) == [3])
        }
    }

    @Test func `a sign-in that waits for its passkey's end opens nothing`() async throws {
        try await replicas { database, other in
            let (user, kept) = try await added(database)
            let waiting = try await database.transaction { transaction in
                try await transaction.execute("SELECT 1 FROM users WHERE id = \(user.id.uuid) FOR NO KEY UPDATE")
                try await transaction.execute("DELETE FROM passkeys WHERE id = \(kept.id.uuid)")
                return try await second(in: database) { [use] in
                    try await PostgresPasskeys(database: other).open(opening(user, kept), with: kept, after: use)
                }
            }
            #expect(try await !waiting.value)
            #expect(try await database.query("SELECT 1 FROM sessions").count == 0)
        }
    }

    @Test func `a sign-in that waits for a new password looks again, and opens the account`() async throws {
        try await replicas { database, other in
            let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let site = try RelyingParty(url: "http://localhost:8080", name: "Hiroba")
            func object(_ value: some Encodable) throws -> [String: Any] {
                try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any])
            }
            let challenge = PasskeyChallenge()
            let handle = withUnsafeBytes(of: user.id.uuid.uuid) { Data($0) }
            let person = try #require(PasskeyUser(handle: handle, name: "a", displayName: "a"))
            var authenticator = TestAuthenticator()
            let json = authenticator.create(try object(site.creationOptions(challenge: challenge, user: person)))
            let made = try JSONDecoder().decode(CreatedCredential.self, from: Data(json.utf8))
            let passkey = try site.register(made, challenge: challenge)
            _ = try await PostgresPasskeys(database: database).add(
                KeptPasskey(
                    id: PasskeyID(UUID()), userID: user.id, passkey: passkey, name: PasskeyName("a"),
                    createdAt: Date()), by: .sample(user.id))
            let signIn = SignInWithPasskey(
                passkeys: PostgresPasskeys(database: other), site: site, tokens: PlainTokens(), secrets: ToySecrets(),
                rules: SessionRules(), ids: SystemIDSource(), clock: SystemWallClock())
            let asked = authenticator.get(try object(await signIn.options()))
            let credential = try JSONDecoder().decode(AssertedCredential.self, from: Data(asked.utf8))
            let waiting = try await database.transaction { transaction in
                try await transaction.execute("UPDATE users SET password_hash = '$2' WHERE id = \(user.id.uuid)")
                return try await second(in: database) { try await signIn(credential, device: Device()) }
            }
            #expect(try await waiting.value.user == user.id)
        }
    }

    @Test func `what changes passkeys has a line in the audit trail, and with the account they go`() async throws {
        try await TestDatabase.with { database in
            let passkeys = PostgresPasskeys(database: database)
            let (user, kept) = try await added(database)
            for _ in 0..<2 {
                _ = try await passkeys.remove(kept.id, voiding: [.user], by: .sample(user.id))
            }
            let lines = try await database.query("SELECT action FROM audit_events ORDER BY seq").decode(String.self)
            #expect(lines == ["signed_up", "passkey_added", "passkey_removed"])
            #expect(try await AuditVerifier(database: database).verify().seq == 3)
            let (leaving, _) = try await added(database)
            try await passkeys.keep(PasskeyChallenge(), for: .creation(leaving.id))
            _ = try await PostgresAccounts(database: database).erase(leaving.id, ifVersion: 1)
            for table: SQL in ["passkeys", "passkey_challenges"] {
                #expect(try await database.query("SELECT 1 FROM \(sql: table)").count == 0)
            }
        }
    }

    @Test func `a sign-in that the database's end interrupts has happened, or has not`() async throws {
        let server = try await TestPostgres.start(settings: ["synchronous_commit = on"])
        let client = PostgresClient(PostgresConfiguration(connectionString: try await server.createDatabase()))
        try await PostgresMigrations.userService().apply(on: client, logger: Logger(label: "test"))
        let (user, kept) = try await added(client)
        let passkeys = PostgresPasskeys(database: client)
        let opening = opening(user, kept)
        async let outcome = try? passkeys.open(opening, with: kept, after: use)
        try await server.kill()
        _ = await outcome
        try await server.start()
        let isOpen = try await eventually { try await client.query("SELECT 1 FROM sessions").count == 1 }
        let count = try await client.query("SELECT signature_count FROM passkeys").decode(Int64.self)
        #expect(count == [isOpen ? 4 : 3], "the count is kept if there is a session")
        await client.close()
    }
}
