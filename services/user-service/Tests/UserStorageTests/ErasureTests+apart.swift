import DomainKit
import Foundation
import IdentityEvents
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Two accounts beside each other: what is done about one of them is nothing to the other one.
extension ErasureTests {
    /// An export with all its files, answers kept of what the account did and of how it came to be, and what goes within minutes.
    private func furnish(_ user: User, in database: PostgresClient) async throws -> DataExportID {
        let exports = PostgresDataExports(database: database)
        let begun = try await exports.begin(
            DataExportID(UUID()), of: user.id, in: nil, on: Device(userAgent: "of \(user.email)", address: nil))
        let export = try #require(begun?.id)
        for service in DataExport.services {
            let piece = ExportPiece(kind: "things", content: Data("[\"\(user.email)\"]".utf8), place: nil)
            try await exports.take(piece, number: 0, of: export, from: service)
        }
        for (caller, effect) in [(user.id.description, UUID()), ("address 192.0.2.1", user.id.uuid)] {
            try await database.execute(
                """
                INSERT INTO kept_answers
                    (caller, route, key, fingerprint, token, effect_id, lease_until, expires_at, status, fields, body)
                VALUES (\(caller), 'POST /v1/users', \(user.id.description), 'f', gen_random_uuid(), \(effect), now(),
                        now() + interval '1 day', 201, '{}', \(Data(user.email.description.utf8)))
                """)
        }
        for sql in [
            """
            INSERT INTO sign_in_steps (digest, user_id, password_hash, epoch, factor_id, expires_at)
            VALUES (sha256(\(Data(user.email.description.utf8))), \(user.id.uuid), '$1', 0, gen_random_uuid(), now() + interval '1 hour')
            """,
            """
            INSERT INTO passkey_challenges (challenge, user_id, expires_at)
            VALUES (sha256(\(Data(user.email.description.utf8))), \(user.id.uuid), now() + interval '1 hour')
            """,
        ] as [SQL] { try await database.execute(sql) }
        return export
    }

    @Test func `of whoever was erased nothing is left, and of whoever stays everything`() async throws {
        try await TestDatabase.with { database in
            let (leaving, staying) = try await UserExporterTests().furnished(database)
            let export = try await furnish(leaving, in: database)
            let kept = try await furnish(staying, in: database)
            var before: [String: [String: [String]]] = [:]
            for words in [staying.id.description, staying.email.description, kept.description] {
                before[words] = try await rows(with: words, in: database)
            }
            #expect((before[staying.id.description]?.count ?? 0) > 12)
            _ = try await request(leaving, in: database)
            try await age(database)
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
            for (words, kept) in before {
                let after = try await rows(with: words, in: database)
                for (table, was) in kept {
                    // Lines about who leaves lose their words, whoever wrote them.
                    let others = [was, after[table] ?? []].map { $0.filter { !$0.contains(leaving.id.description) } }
                    #expect(others[0] == others[1], "\(table)")
                }
            }
            #expect(try await rows(with: "of the other one", in: database).keys.sorted() == ["audit_events"])
            #expect(try await rows(with: "was loud", in: database) == [:])
            for words in [leaving.email.description, leaving.displayName.description, export.description] {
                #expect(try await rows(with: words, in: database) == [:], "\(words)")
            }
            // Who did what when, and that it was erased: by an id that is nobody's.
            #expect(
                Set(try await rows(with: leaving.id.description, in: database).keys) == [
                    "audit_events", "erasures", "erasure_reports", "identity_events",
                ])
            let files = try await PostgresDataExports(database: database).files(of: kept, of: staying.id)
            #expect(files?.count == DataExport.services.count)
        }
    }

    @Test func `what is reported of one account finishes no other one's erasure, and is not listed under it`()
        async throws
    {
        try await TestDatabase.with { database in
            let (store, accounts) = (erasures(database), PostgresAccounts(database: database))
            let (first, second) = (try await user(database), try await user(database))
            for user in [first, second] { _ = try await accounts.erase(user.id, ifVersion: 1) }
            #expect(try await store.take(["videos": 1], of: first.id, from: "video-service") == nil)
            #expect(try await store.take(["messages": 2], of: second.id, from: "chat-service") == nil)
            #expect(try await store.backlog().unfinished == 2)
            let listed = try await store.list(ErasureFilter(user: first.id), page: PageRequest()).items
            #expect(listed.map(\.account.userID) == [first.id.uuid])
            #expect(listed.first?.reports.map(\.service) == ["user-service", "video-service"])
            let finished = try await store.take(["messages": 3], of: first.id, from: "chat-service")
            #expect(finished?.account.userID == first.id.uuid)
            #expect(finished?.reports.map(\.removed["messages"]) == [3, nil, nil])
            let open = try await store.list(ErasureFilter(isFinished: false), page: PageRequest()).items
            #expect(open.map(\.account.userID) == [second.id.uuid])
            #expect(open.first?.reports.map(\.service) == ["chat-service", "user-service"])
            #expect(try await store.backlog().unfinished == 1)
        }
    }

    @Test func `of two last reports the one that comes second finishes the erasure`() async throws {
        try await replicas { one, other in
            let user = try await user(one)
            _ = try await PostgresAccounts(database: one).erase(user.id, ifVersion: 1)
            let last = try await one.transaction { transaction in
                // As far as another replica has come with the report before it.
                try await transaction.execute(
                    "INSERT INTO erasure_reports (user_id, service, removed) VALUES (\(user.id.uuid), 'chat-service', '{}')"
                )
                return try await second(in: one) { [store = erasures(other)] in
                    try await store.take(["videos": 1], of: user.id, from: "video-service")
                }
            }
            #expect(try await last.value?.reports.count == 3)
        }
    }

    @Test func `a sign-in takes one's own erasure back, and another's keeps nobody out`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let (leaving, back) = (try await user(database), try await user(database))
            for user in [leaving, back] { _ = try await request(user, in: database) }
            #expect(try await accounts.open(.sample(of: back.id, epoch: 1)))
            let pending = try await database.query("SELECT user_id FROM pending_erasures").decode(UUID.self)
            #expect(pending == [leaving.id.uuid])
            try await age(database)
            #expect(try await accounts.open(.sample(of: back.id, epoch: 1)), "another's time is over")
            #expect(try await erasures(database).eraseDue(most: 9) == 1)
            #expect(try await accounts.user(leaving.id) == nil)
            #expect(try await accounts.user(back.id) != nil)
        }
    }

    @Test func `an account whose time was put off while others went is not erased`() async throws {
        try await replicas { one, other in
            let (due, later) = (try await user(one), try await user(one))
            for user in [due, later] { _ = try await request(user, in: one) }
            try await age(one)
            // It is looked at first, while the other one is still due.
            try await one.execute(
                "UPDATE pending_erasures SET erase_at = erase_at - interval '1 hour' WHERE user_id = \(later.id.uuid)")
            let erasing = try await one.transaction { transaction in
                // Signed in just before the time was over, and asked once more.
                _ = try await transaction.query("SELECT 1 FROM users WHERE id = \(later.id.uuid) FOR SHARE")
                try await transaction.execute(
                    "UPDATE pending_erasures SET erase_at = now() + interval '7 days' WHERE user_id = \(later.id.uuid)")
                return try await second(in: one) { [store = erasures(other)] in try await store.eraseDue(most: 9) }
            }
            #expect(try await erasing.value == 1)
            #expect(try await PostgresAccounts(database: one).user(later.id) != nil)
            #expect(try await PostgresAccounts(database: one).user(due.id) == nil)
        }
    }

    @Test func `a password that is changed meanwhile proves nothing`() async throws {
        try await replicas { one, other in
            let user = try await user(one)
            let seen = Credentials(user: user, hash: Self.hash)
            let asking = try await one.transaction { transaction in
                try await transaction.execute("UPDATE users SET password_hash = '$2' WHERE id = \(user.id.uuid)")
                return try await second(in: one) { try await request(of: seen, in: other) }
            }
            #expect(try await asking.value == .stale)
            #expect(try await one.query("SELECT 1 FROM pending_erasures").isEmpty)
        }
    }

    @Test func `a session whose time is over proves nothing`() async throws {
        try await TestDatabase.with { database in
            let user = try await user(database)
            let session = SessionOpening.sample(of: user.id)
            _ = try await PostgresAccounts(database: database).open(session)
            try await database.execute("UPDATE sessions SET expires_at = now()")
            #expect(try await request(user, in: database, on: .session(session.id)) == .stale)
        }
    }

    @Test func `erasures are listed once each, the newest first`() async throws {
        try await TestDatabase.with { database in
            var gone: [UUID] = []
            for _ in 0..<5 {
                let user = try await user(database)
                _ = try await PostgresAccounts(database: database).erase(user.id, ifVersion: 1)
                gone.append(user.id.uuid)
            }
            var (read, cursor): ([UUID], Cursor?) = ([], nil)
            repeat {
                let page = try await erasures(database).list(
                    ErasureFilter(), page: PageRequest(limit: 2, after: cursor))
                (read, cursor) = (read + page.items.map(\.account.userID), page.next)
            } while cursor != nil && read.count < 10
            #expect(read == gone.reversed())
        }
    }

    @Test func `whoever is due and still here counts as behind, and not before`() async throws {
        try await TestDatabase.with { database in
            let store = erasures(database)
            _ = try await request(user(database), in: database)
            #expect(try await store.backlog() == ErasureBacklog(unfinished: 0, oldest: .zero))
            try await database.execute("UPDATE pending_erasures SET erase_at = now() - interval '1 hour'")
            let backlog = try await store.backlog()
            #expect(backlog.unfinished == 1 && (3_600...3_700).contains(backlog.oldest / .seconds(1)))
        }
    }
}
