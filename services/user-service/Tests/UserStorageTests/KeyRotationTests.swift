import AuthKit
import Crypto
import DomainKit
import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Postgres
import Synchronization
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct KeyRotationTests {
    private static let form = AccessTokenForm(issuer: "https://issuer.test", audience: "hiroba", life: .seconds(600))
    private static let days = SigningKeyRules(signsFor: .seconds(30 * 86_400), publishedFor: .seconds(3_600))
    private static let atOnce = SigningKeyRules(signsFor: .seconds(30 * 86_400), publishedFor: .zero)

    private func keyring(_ database: PostgresClient) throws -> Keyring {
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return Keyring(
            store: PostgresSigningKeys(database: database, sealing: key, logger: logger), form: Self.form,
            logger: logger)
    }

    private func verifier(_ keys: any VerificationKeys) -> TokenVerifier {
        TokenVerifier(
            keys: keys, rules: .init(issuer: Self.form.issuer, audience: Self.form.audience), revocations: .current())
    }

    private func serviceToken(_ keyring: Keyring) throws -> String {
        try keyring.issue(to: ServiceClientID(stored: "chat"), scopes: [.decide, .readUsers], at: Date()).text
    }

    private func age(_ column: SQL, by seconds: Double, _ database: PostgresClient) async throws {
        try await database.execute(
            "UPDATE signing_keys SET \(sql: column) = \(sql: column) - \(seconds) * interval '1 second'")
    }

    @Test func `a service's token says whose it is and what for, and is nobody else's`() async throws {
        try await TestDatabase.with { database in
            let keyring = try keyring(database)
            try await keyring.prepare()
            let token = try serviceToken(keyring)
            let service = try await verifier(keyring).verifyService(token)
            #expect(service.clientID == "chat" && service.scopes == ["authz:decide", "users:read"])
            #expect(abs(service.expiresAt.timeIntervalSinceNow - 300) < 60)
            await #expect(throws: Failure.self) { try await verifier(keyring).verify(token) }
        }
    }

    @Test func `the next key signs once it has been published for long enough`() async throws {
        try await TestDatabase.with { database in
            let keyring = try keyring(database)
            try await keyring.prepare()
            guard case .tooEarly = try await keyring.rotate(Self.days) else {
                Issue.record("a key signs that nobody may know yet")
                return
            }
            try await age("created_at", by: 3_601, database)
            #expect(try await keyring.rotate(Self.days, whenDue: true) == .notDue)
            try await age("activated_at", by: 30 * 86_400 + 1, database)
            let published = keyring.published().map(\.id)
            guard case .rotated(let signing, let next, let retired) = try await keyring.rotate(Self.days, whenDue: true)
            else {
                Issue.record("a key signs for longer than it is to")
                return
            }
            #expect(Set(published) == [signing, retired] && !published.contains(next))
            #expect(Set(keyring.published().map(\.id)) == [signing, next, retired])
        }
    }

    @Test func `of many replicas one changes the keys`() async throws {
        try await TestDatabase.with { database in
            let replicas = try (0..<8).map { _ in try keyring(database) }
            try await replicas[0].prepare()
            try await age("created_at", by: 3_601, database)
            try await age("activated_at", by: 30 * 86_400 + 1, database)
            let outcomes = try await withThrowingTaskGroup { group in
                for replica in replicas { group.addTask { try await replica.rotate(Self.days, whenDue: true) } }
                return try await group.reduce(into: [SigningKeyRotation]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 != .notDue }.count == 1)
            let states = try await database.query("SELECT state FROM signing_keys ORDER BY state").decode(String.self)
            #expect(states == ["active", "next", "retired"])
        }
    }

    @Test func `a retired key stays as long as its tokens live, and no longer`() async throws {
        try await TestDatabase.with { database in
            let keyring = try keyring(database)
            try await keyring.prepare()
            let token = try serviceToken(keyring)
            try await keyring.rotate(Self.atOnce)
            _ = try await verifier(keyring).verifyService(token)
            try await age("retired_at", by: 600, database)
            try await keyring.prepare()
            _ = try await verifier(keyring).verifyService(token)
            try await age("retired_at", by: 400, database)
            try await keyring.prepare()
            await #expect(throws: Failure.self) { try await verifier(keyring).verifyService(token) }
            #expect(keyring.published().count == 2)
        }
    }

    /// Two replicas sign all the time, one of them hearing of each change late; verifiers that read what is published now
    /// and then check every token. A key signs only after they have read it: that is what the time before is for.
    @Test func `no token fails while keys change under load`() async throws {
        try await TestDatabase.with { database in
            let (quick, slow) = (try keyring(database), try keyring(database))
            try await quick.prepare()
            try await slow.prepare()
            let reader = PublishedCopy(of: quick)
            let verifiers = (0..<3).map { _ in verifier(reader) }
            let load = Load()
            try await withThrowingTaskGroup { group in
                for index in 0..<6 {
                    group.addTask {
                        let (signer, verifier) = (index.isMultiple(of: 2) ? quick : slow, verifiers[index % 3])
                        while !load.isOver.withLock({ $0 }) {
                            let token = try serviceToken(signer)
                            _ = try await verifier.verifyService(token)
                            _ = load.headers.withLock { $0.insert(String(token.prefix { $0 != "." })) }
                            await Task.yield()
                        }
                    }
                }
                group.addTask {
                    defer { load.isOver.withLock { $0 = true } }
                    for round in 1...4 {
                        reader.read()
                        try await quick.rotate(Self.atOnce)
                        try await until("the new key signs", within: .seconds(120)) {
                            load.headers.withLock { $0.count } == round + 1
                        }
                        try await slow.prepare()
                    }
                }
                try await group.waitForAll()
            }
            #expect(load.headers.withLock { $0.count } == 5, "five keys have signed, and every token was taken")
        }
    }
}

/// What the tasks of a test under load share.
private final class Load: Sendable {
    let isOver = Mutex(false)
    /// The first part of every token that was taken: one a key.
    let headers = Mutex<Set<String>>([])
}

/// What a verifier elsewhere has read of a key set, until it reads it again.
private final class PublishedCopy: VerificationKeys {
    private let source: Keyring
    private let keys = Mutex<Set<String>>([])

    init(of source: Keyring) {
        self.source = source
        read()
    }

    func read() { keys.withLock { $0 = Set(source.published().map(\.id)) } }

    var generation: Int { 0 }

    func key(_ id: String) -> P256.Signing.PublicKey? {
        keys.withLock { $0.contains(id) } ? source.key(id) : nil
    }

    /// It does not: whoever needs it has found a token too early.
    func lookAgain() async throws(Failure) {}
}
