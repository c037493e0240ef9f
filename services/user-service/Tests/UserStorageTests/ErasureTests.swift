import DomainKit
import Foundation
import IdentityEvents
import Logging
import OneTimePasswords
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit
import WebAuthn

@testable import UserStorage

/// Who is to be erased, who was, and what others are told of it.
/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct ErasureTests {
    static let hash = PasswordHash(phc: "$1")
    static let week = Duration.seconds(604_800)

    func erasures(_ database: PostgresClient, page: Int = 100) -> PostgresErasures {
        PostgresErasures(database: database, logger: Logger(label: "test"), page: page)
    }

    func request(
        _ user: User, in database: PostgresClient, on ground: ErasureGround = .password, after grace: Duration = week
    ) async throws -> ErasureRequest {
        let seen = try await PostgresAccounts(database: database).credentials(of: user.id)
        return try await request(
            of: seen ?? Credentials(user: user, hash: Self.hash), in: database, on: ground, after: grace)
    }

    func request(
        of seen: Credentials, in database: PostgresClient, on ground: ErasureGround = .password,
        after grace: Duration = week
    ) async throws -> ErasureRequest {
        try await erasures(database).request(
            of: seen, on: ground, after: grace, by: AuditAuthor(account: seen.user.id, requestID: "r"))
    }

    /// As if the time of grace were over.
    func age(_ database: PostgresClient) async throws {
        try await database.execute(
            "UPDATE pending_erasures SET erase_at = clock_timestamp() - interval '1 millisecond'")
    }

    func user(_ database: PostgresClient) async throws -> User {
        try await PostgresAccounts(database: database).insert(.sample(), hash: Self.hash)
    }

    func actions(of user: User, in database: PostgresClient) async throws -> [String] {
        try await database.query("SELECT action FROM audit_events WHERE subject_id = \(user.id.uuid) ORDER BY seq")
            .decode(String.self)
    }

    @Test func `whoever asks is signed out everywhere at once, and erased when the time is over`() async throws {
        try await TestDatabase.with { database in
            let (accounts, user) = (PostgresAccounts(database: database), try await user(database))
            let session = SessionOpening.sample(of: user.id)
            _ = try await accounts.open(session)
            guard case .noted(let time) = try await request(user, in: database) else { throw UnexpectedRow() }
            #expect(abs(time.timeIntervalSinceNow - 604_800) < 3_600)
            #expect(try await accounts.grant(session.id) == nil)
            let told = try await database.query("SELECT kind FROM identity_events ORDER BY seq").decode(String.self)
            #expect(told == ["erasure_requested"])
            #expect(try await request(user, in: database, after: .zero) == .noted(eraseAt: time), "it stays so")
            #expect(try await erasures(database).eraseDue(most: 9) == 0)
            #expect(try await accounts.user(user.id) != nil)
            try await age(database)
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
            #expect(try await erasures(database).eraseDue(most: 9) == 0, "once")
            #expect(try await accounts.user(user.id) == nil)
            let page = try await erasures(database).erasures(after: nil)
            #expect(page.items.map(\.userID) == [user.id.uuid])
            #expect(
                try await actions(of: user, in: database) == [
                    "signed_up", "erasure_requested", "erasure_requested", "account_erased",
                ])
        }
    }

    @Test func `of an account that is not as it was seen, or of nobody, nothing is noted`() async throws {
        try await TestDatabase.with { database in
            let user = try await user(database)
            let seen = Credentials(user: user, hash: Self.hash)
            var raised = seen
            raised.user.epoch += 1
            for other in [
                Credentials(user: user, hash: PasswordHash(phc: "$2")), raised,
                Credentials(user: user, hash: Self.hash, secondFactor: SecondFactorID(UUID())),
            ] {
                #expect(try await request(of: other, in: database, after: .zero) == .stale)
            }
            let nobody = Credentials(user: try .sample(), hash: Self.hash)
            #expect(try await request(of: nobody, in: database, after: .zero) == .gone)
            #expect(try await erasures(database).eraseDue(most: 9) == 0)
        }
    }

    /// An account with an app for codes, whose step 100 was used, and one recovery code.
    func twoFactors(_ database: PostgresClient) async throws -> (user: User, factor: SecondFactorID, recovery: Data) {
        let (user, factor) = (
            try await user(database), SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        )
        let (factors, digest) = (PostgresSecondFactors(database: database, key: .sample()), ToySecrets().first())
        #expect(try await factors.begin(factor, of: user.id))
        let outcome = try await factors.confirm(
            factor.id, step: 100, recoveryDigests: [digest], by: .sample(user.id))
        #expect(outcome == .done)
        return (user, factor.id, digest)
    }

    @Test func `a code lets one request through, and is kept where nothing came of it`() async throws {
        try await replicas { one, other in
            let (user, _, recovery) = try await twoFactors(one)
            #expect(try await request(user, in: one, on: .code(.step(100))) == .codeSpent, "used before")
            #expect(try await request(user, in: one, on: .code(.recovery(Data([1])))) == .codeSpent)
            #expect(try await one.query("SELECT 1 FROM pending_erasures").isEmpty)
            let seen = try #require(try await PostgresAccounts(database: one).credentials(of: user.id))
            async let first = request(of: seen, in: one, on: .code(.step(101)))
            async let second = request(of: seen, in: other, on: .code(.step(101)))
            let came = try await [first, second].filter { if case .noted = $0 { true } else { false } }
            #expect(came.count == 1)
            guard case .noted = try await request(user, in: one, on: .code(.recovery(recovery))) else {
                throw UnexpectedRow()
            }
            #expect(try await one.query("SELECT 1 FROM recovery_codes").isEmpty)
        }
    }

    @Test func `the last admin keeps the code that was shown in vain`() async throws {
        try await TestDatabase.with { database in
            let (user, _, recovery) = try await twoFactors(database)
            try await database.execute("UPDATE users SET roles = '{user,admin}' WHERE id = \(user.id.uuid)")
            let failure = await #expect(throws: Failure.self) {
                try await request(user, in: database, on: .code(.recovery(recovery)))
            }
            #expect(failure?.code == "user.last-admin")
            #expect(try await database.query("SELECT 1 FROM recovery_codes").count == 1)
        }
    }

    @Test func `a session that has ended proves nothing`() async throws {
        try await TestDatabase.with { database in
            let (accounts, user) = (PostgresAccounts(database: database), try await user(database))
            let (session, ended) = (SessionOpening.sample(of: user.id), SessionOpening.sample(of: user.id))
            _ = try await (accounts.open(session), accounts.open(ended))
            _ = try await accounts.end(ended.id, of: user.id)
            #expect(try await request(user, in: database, on: .session(ended.id)) == .stale)
            let other = SessionOpening.sample(of: try await self.user(database).id)
            _ = try await accounts.open(other)
            #expect(try await request(user, in: database, on: .session(other.id)) == .stale, "another's")
            guard case .noted = try await request(user, in: database, on: .session(session.id)) else {
                throw UnexpectedRow()
            }
        }
    }

    @Test func `a sign-in by a code takes it back, and later opens nothing`() async throws {
        try await TestDatabase.with { database in
            let (user, factor, _) = try await twoFactors(database)
            let factors = PostgresSecondFactors(database: database, key: .sample())
            func signIn(epoch: Int64, step: Int64) async throws -> FactorOutcome {
                let digest = ToySecrets().first()
                let first = SignInStep(
                    digest: digest, userID: user.id, checked: Self.hash, epoch: epoch, factor: factor)
                #expect(try await factors.keep(first))
                return try await factors.open(
                    .sample(of: user.id, epoch: epoch, secondFactor: factor, methods: [.password, .oneTimeCode]),
                    after: digest, proof: .step(step))
            }
            _ = try await request(user, in: database, on: .code(.step(101)))
            #expect(try await signIn(epoch: 1, step: 102) == .done)
            #expect(try await database.query("SELECT 1 FROM pending_erasures").isEmpty)
            _ = try await request(user, in: database, on: .code(.step(103)))
            try await age(database)
            #expect(try await signIn(epoch: 2, step: 104) == .changed)
            #expect(try await database.query("SELECT 1 FROM sessions").isEmpty)
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
        }
    }

    @Test func `a sign-in by a passkey takes it back, and later opens nothing`() async throws {
        try await TestDatabase.with { database in
            let (user, passkeys) = (try await user(database), PostgresPasskeys(database: database))
            let draft = KeptPasskey(
                id: PasskeyID(UUID()), userID: user.id,
                passkey: Passkey(
                    id: ToySecrets().first(), publicKey: Data([1]), signatureCount: 0, transports: [],
                    isBackupEligible: false, isBackedUp: false, model: UUID(), isDiscoverable: nil),
                name: try PasskeyName("a"), createdAt: Date())
            let kept = try await passkeys.add(draft, by: .sample(user.id))
            func signIn(epoch: Int64) async throws -> Bool {
                try await passkeys.open(
                    .sample(of: user.id, epoch: epoch, methods: [.hardwareKey], passkey: kept.id), with: kept,
                    after: PasskeyUse(signatureCount: 0, isBackedUp: false, isUserVerified: true))
            }
            _ = try await request(user, in: database)
            #expect(try await signIn(epoch: 1))
            #expect(try await database.query("SELECT 1 FROM pending_erasures").isEmpty)
            _ = try await request(user, in: database)
            try await age(database)
            #expect(try await !signIn(epoch: 2))
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
        }
    }

    @Test func `signing in before the time takes it back, and later nobody is let in`() async throws {
        try await TestDatabase.with { database in
            let (accounts, user) = (PostgresAccounts(database: database), try await user(database))
            _ = try await request(user, in: database)
            #expect(try await !accounts.open(.sample(of: user.id)), "a sign-in that was checked before it")
            #expect(try await accounts.open(.sample(of: user.id, epoch: 1)))
            try await age(database)
            #expect(try await erasures(database).eraseDue(most: 9) == 0)
            #expect(try await actions(of: user, in: database).last == "erasure_cancelled")
            let mails = try await database.query("SELECT kind FROM mails WHERE kind LIKE 'erasure%' ORDER BY kind")
            #expect(try mails.decode(String.self) == ["erasure_cancelled", "erasure_requested"])
            _ = try await request(user, in: database)
            try await age(database)
            #expect(try await !accounts.open(.sample(of: user.id, epoch: 2)))
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
        }
    }

    @Test func `a sign-in that waits for the erasure finds nobody`() async throws {
        try await replicas { one, other in
            let user = try await user(one)
            _ = try await request(user, in: one)
            let opening = try await one.transaction { transaction in
                _ = try await transaction.query("SELECT 1 FROM users WHERE id = \(user.id.uuid) FOR UPDATE")
                let opening = try await second(in: one) {
                    try await PostgresAccounts(database: other).open(.sample(of: user.id, epoch: 1))
                }
                try await transaction.execute("DELETE FROM users WHERE id = \(user.id.uuid)")
                return opening
            }
            #expect(try await !opening.value)
        }
    }

    @Test func `of many sign-ins and erasures at once, whoever is let in is there`() async throws {
        try await replicas { one, other in
            for _ in 0..<10 {
                let user = try await user(one)
                _ = try await request(user, in: one, after: .milliseconds(5))
                async let opened = PostgresAccounts(database: one).open(.sample(of: user.id, epoch: 1))
                async let again = PostgresAccounts(database: one).open(.sample(of: user.id, epoch: 1))
                async let erased = erasures(other).eraseDue(most: 9)
                let (isIn, isInAgain, _) = try await (opened, again, erased)
                while try await erasures(other).eraseDue(most: 9) > 0 {}
                let isThere = try await PostgresAccounts(database: one).user(user.id) != nil
                if isIn || isInAgain { #expect(isThere) }
            }
        }
    }

    @Test func `a sign-in that the erasure waits for has taken it back`() async throws {
        try await replicas { one, other in
            let user = try await user(one)
            _ = try await request(user, in: one)
            try await age(one)
            let erasing = try await one.transaction { transaction in
                // As `open` and the trigger on its session do, just before the time was over.
                _ = try await transaction.query("SELECT 1 FROM users WHERE id = \(user.id.uuid) FOR SHARE")
                try await transaction.execute("DELETE FROM pending_erasures")
                return try await second(in: one) { [store = erasures(other)] in try await store.eraseDue(most: 9) }
            }
            #expect(try await erasing.value == 0)
            #expect(try await PostgresAccounts(database: one).user(user.id) != nil)
        }
    }

    @Test func `the last admin who stays cannot leave, and another cannot be taken from them`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let admins = try await house.rule(.roles([.admin]), ifVersion: 1)
            guard case .noted = try await request(admins.user, in: database) else { throw UnexpectedRow() }
            let root = try #require(try await PostgresAccounts(database: database).user(house.admin.id))
            let failure = await #expect(throws: Failure.self) { try await request(root, in: database) }
            #expect(failure?.code == "user.last-admin")
            let demotion = await #expect(throws: Failure.self) {
                try await house.store.make(.roles([.user]), on: root.id, ifVersion: 1, by: house.admin)
            }
            #expect(demotion?.code == "user.last-admin")
            try await age(database)
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
        }
    }

    @Test func `a ban does not keep anybody, and does not hold an erasure up`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            _ = try await request(house.user, in: database)
            try await house.rule(.ban(BanReason("花子 again"), until: nil), ifVersion: 1)
            try await age(database)
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
            let words = try await database.query(
                "SELECT concat(reason, before::text, after::text) FROM audit_events WHERE names_removed"
            ).decode(String.self)
            #expect(words == [""])
        }
    }

    @Test func `what the program of before erases is told to all others as well`() async throws {
        try await TestDatabase.with { database in
            let user = try await user(database)
            // Its statement, as far as others hear of it.
            try await database.execute(
                """
                WITH gone AS (DELETE FROM users WHERE id = \(user.id.uuid) RETURNING id, epoch + 1 AS epoch)
                INSERT INTO identity_events (seq, kind, user_id, epoch)
                SELECT next_identity_event(), 'account_erased', id, epoch FROM gone
                """)
            #expect(try await erasures(database).erasures(after: nil).items.map(\.userID) == [user.id.uuid])
        }
    }

    @Test func `the feed goes on from where a reader stands, and from its beginning for one of another history`()
        async throws
    {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            var gone: [UUID] = []
            for _ in 0..<5 {
                let user = try await user(database)
                _ = try await accounts.erase(user.id, ifVersion: 1)
                gone.append(user.id.uuid)
                // Events of other kinds, and those that were swept, leave no holes for readers.
                _ = try await accounts.changePassword(
                    of: self.user(database).id, from: Self.hash, to: PasswordHash(phc: "$2"), keeping: nil)
                try await database.execute("DELETE FROM identity_events")
            }
            let store = erasures(database, page: 2)
            var (position, read): (IdentityPosition?, [UUID]) = (nil, [])
            while true {
                let page = try await store.erasures(after: position)
                if page.next == position { break }
                #expect(page.items.count <= 2)
                (position, read) = (page.next, read + page.items.map(\.userID))
            }
            #expect(read == gone)
            for stray in [IdentityPosition(seq: position?.seq ?? 0, tag: UUID().lowercased), .init(seq: 999, tag: "x")]
            {
                #expect(try await store.erasures(after: stray).items.map(\.userID) == Array(gone.prefix(2)))
            }
        }
    }

    @Test func `an erasure is finished when all have reported, in any order and however often`() async throws {
        try await replicas { one, other in
            let user = try await user(one)
            _ = try await PostgresAccounts(database: one).erase(user.id, ifVersion: 1)
            let store = erasures(one)
            #expect(try await store.backlog().unfinished == 1)
            #expect(try await store.take(["videos": 1], of: user.id, from: "video-service") == nil)
            async let chat = store.take(["messages": 7], of: user.id, from: "chat-service")
            async let again = erasures(other).take(["videos": 2], of: user.id, from: "video-service")
            let finished = try await [chat, again].compactMap(\.self)
            #expect(finished.count == 1)
            #expect(try await store.take(["messages": 7], of: user.id, from: "chat-service") == nil)
            let listed = try await store.list(ErasureFilter(user: user.id, isFinished: true), page: PageRequest()).items
            #expect(listed.map { $0.reports.map(\.service) } == [["chat-service", "user-service", "video-service"]])
            #expect(listed.first?.reports.last?.removed == ["videos": 2])
            #expect(try await store.list(ErasureFilter(isFinished: false), page: PageRequest()).items.isEmpty)
            #expect(try await store.backlog() == ErasureBacklog(unfinished: 0, oldest: .zero))
            let unknown = await #expect(throws: Failure.self) {
                try await store.take([:], of: UserID(UUID()), from: "chat-service")
            }
            #expect(unknown?.code == "user.erasure-not-found")
        }
    }
}

private struct UnexpectedRow: Error {}
