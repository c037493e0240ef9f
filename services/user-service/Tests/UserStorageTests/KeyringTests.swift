import AuthKit
import DomainKit
import Encodings
import Foundation
import IdentityEvents
import JWTKit
import Logging
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct KeyringTests {
    let sealing: KeyEncryptionKey
    let form = AccessTokenForm(issuer: "https://issuer.test", audience: "hiroba", life: .seconds(600))

    init() throws {
        sealing = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
    }

    func keyring(_ database: PostgresClient, _ sealing: KeyEncryptionKey? = nil) -> Keyring {
        Keyring(
            store: PostgresSigningKeys(
                database: database, sealing: sealing ?? self.sealing, logger: Logger(label: "test")), form: form,
            logger: Logger(label: "test"))
    }

    @Test func `replicas that start together make one key that signs and one that follows`() async throws {
        try await TestDatabase.with { database in
            let replicas = (0..<8).map { _ in keyring(database) }
            try await withThrowingTaskGroup { group in
                for replica in replicas { group.addTask { try await replica.prepare() } }
                try await group.waitForAll()
            }
            let states = try await database.query("SELECT state FROM signing_keys ORDER BY state").decode(String.self)
            #expect(states == ["active", "next"])
            #expect(Set(replicas.map { $0.published() }).count == 1 && replicas[0].published().count == 2)
        }
    }

    @Test func `keys of a former sealing key are sealed anew, all or none, and once`() async throws {
        try await TestDatabase.with { database in
            func keys(_ sealing: KeyEncryptionKey) -> PostgresSigningKeys {
                PostgresSigningKeys(database: database, sealing: sealing, logger: Logger(label: "test"))
            }
            let present = try #require(KeyEncryptionKey(bytes: Data(repeating: 8, count: 32)))
            let stranger = try #require(KeyEncryptionKey(bytes: Data(repeating: 9, count: 32)))
            let before = keyring(database)
            try await before.prepare()
            let stored: SQL = "SELECT sealed_private_key FROM signing_keys ORDER BY id"
            let sealed = try await database.query(stored).decode(Data.self)
            // One of them by the present key already: what was done before a failure must not stay.
            try await database.execute(
                """
                INSERT INTO signing_keys
                    (id, state, public_key, sealed_private_key, created_at, activated_at, retired_at)
                VALUES ('a', 'retired', \(Data(count: 64)), \(present.seal(Data(count: 32), as: "a")), now(), now(),
                        now() - interval '1 day')
                """)
            let failure = await #expect(throws: Failure.self) { try await keys(present).reseal(from: stranger) }
            #expect(failure?.code == "user.signing-key-stays-shut")
            #expect(try await database.query(stored).decode(Data.self).filter { sealed.contains($0) }.count == 2)
            #expect(try await keys(present).reseal(from: sealing) == 2)
            #expect(try await keys(present).reseal(from: sealing) == 0)
            let after = keyring(database, present)
            try await after.prepare()
            #expect(after.published() == before.published())
            await #expect(throws: (any Error).self) { try await keyring(database).prepare() }
        }
    }

    @Test func `a token of one replica is verified by another, and by another library`() async throws {
        try await TestDatabase.with { database in
            let (signer, reader) = (keyring(database), keyring(database))
            try await signer.prepare()
            try await reader.prepare()
            let user = try User.sample()
            let session = SessionID(UUID())
            let token = try signer.issue(to: user, session: session, since: Date(), at: Date())
            let principal = try await TokenVerifier(
                keys: reader, rules: .init(issuer: form.issuer, audience: form.audience), revocations: .current()
            ).verify(token.text)
            #expect(principal.userID == user.id.uuid && principal.sessionID == session.uuid)
            #expect(principal.roles == ["user"] && principal.tier == "free" && !principal.emailVerified)
            let foreign = JWTKeyCollection()
            for key in signer.published() {
                await foreign.add(
                    ecdsa: try ES256PublicKey(
                        parameters: (x: key.x.base64EncodedString(), y: key.y.base64EncodedString())),
                    kid: JWKIdentifier(string: key.id))
            }
            let claims = try await foreign.verify(token.text, as: ForeignClaims.self)
            #expect(claims.sub == user.id.description && claims.exp - claims.iat == 600 && claims.jti.count == 36)
        }
    }

    @Test func `a token says what the account is now, and since when its user is known`() async throws {
        try await TestDatabase.with { database in
            let keyring = keyring(database)
            try await keyring.prepare()
            var user = try User.sample()
            (user.epoch, user.tier) = (7, "member")
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            let token = try keyring.issue(to: user, session: SessionID(UUID()), since: now - 90, at: now)
            let payload = try #require(Base64URL.decode(token.text.split(separator: ".")[1]))
            let claims = try #require(try JSONSerialization.jsonObject(with: payload) as? [String: Any])
            #expect(claims["epoch"] as? Int == 7 && claims["tier"] as? String == "member")
            #expect(claims["auth_time"] as? Int == 1_799_999_910 && claims["iat"] as? Int == 1_800_000_000)
        }
    }

    @Test func `private keys are sealed, and another key does not open them`() async throws {
        try await TestDatabase.with { database in
            try await keyring(database).prepare()
            let other = try #require(KeyEncryptionKey(bytes: Data(repeating: 8, count: 32)))
            await #expect(throws: KeyEncryptionKey.CannotOpen.self) { try await keyring(database, other).prepare() }
            // Nor does a sealed key work under another's name.
            try await database.execute(
                """
                UPDATE signing_keys SET sealed_private_key =
                    (SELECT sealed_private_key FROM signing_keys WHERE state = 'active')
                """)
            await #expect(throws: KeyEncryptionKey.CannotOpen.self) { try await keyring(database).prepare() }
        }
    }

    @Test func `a key in a state that a newer version made up costs that key alone`() async throws {
        try await TestDatabase.with { database in
            try await keyring(database).prepare()
            try await database.execute("ALTER TABLE signing_keys DROP CONSTRAINT IF EXISTS signing_keys_state_check")
            try await database.execute(
                "UPDATE signing_keys SET state = 'suspended', activated_at = now() WHERE state = 'next'")
            let keyring = keyring(database)
            try await keyring.prepare()
            #expect(keyring.published().count == 2, "the one that signs and a new one that follows")
        }
    }

    @Test func `before the keys are there nothing is signed`() async throws {
        try await TestDatabase.with { database in
            let keyring = keyring(database)
            #expect(keyring.published().isEmpty)
            let user = try User.sample()
            let failure = #expect(throws: Failure.self) {
                try keyring.issue(to: user, session: SessionID(UUID()), since: Date(), at: Date())
            }
            #expect(failure?.kind == .unavailable)
        }
    }
}

private struct ForeignClaims: JWTPayload {
    var sub: String
    var jti: String
    var iat: Int
    var exp: Int

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
