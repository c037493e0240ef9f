import DomainKit
import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// What voids tokens is told of in the transaction that does it, in the order of commits.
@Suite struct IdentityEventTests {
    let hash = PasswordHash(phc: "$1")

    /// A user with as many sessions, the oldest first.
    func user(_ accounts: PostgresAccounts, sessions count: Int) async throws -> (User, [SessionID]) {
        let user = try await accounts.insert(.sample(), hash: hash)
        var ids: [SessionID] = []
        for id in UUID.ascending(count) {
            #expect(try await accounts.open(.sample(of: user.id, id: id)))
            ids.append(SessionID(id))
        }
        return (user, ids)
    }

    func contract(_ body: (IdentityContract) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            // Pages are small, so that the feed is read over several.
            try await body(
                IdentityContract(
                    PostgresAccounts(database: database), feed: PostgresIdentityFeed(database: database, page: 2)))
        }
    }

    @Test func `tells of each session once`() async throws {
        try await contract { try await $0.tellsOfEachSessionOnce() }
    }
    @Test func `tells of what second factors and passkeys end`() async throws {
        try await TestDatabase.with { database in
            let feed = PostgresIdentityFeed(database: database, page: 2)
            try await IdentityContract(PostgresAccounts(database: database), feed: feed).tellsOfWhatFactorsEnd(
                PostgresSecondFactors(database: database, key: .sample()), PostgresPasskeys(database: database))
        }
    }
    @Test func `tells of the oldest session`() async throws {
        try await contract { try await $0.tellsOfTheOldestSession() }
    }
    @Test func `tells of what voids all tokens`() async throws {
        try await contract { try await $0.tellsOfWhatVoidsAllTokens() }
    }
    @Test func `tells of nothing else`() async throws { try await contract { try await $0.tellsOfNothingElse() } }

    @Test func `an event that commits later has the later number, and is seen by whoever reads on`() async throws {
        try await replicas { database, other in
            let accounts = PostgresAccounts(database: other)
            let (first, later) = (try await user(accounts, sessions: 1), try await user(accounts, sessions: 1))
            let change = try await database.transaction { transaction in
                try await transaction.ban(first.0.id)
                let change = try await second(in: database) { try await accounts.end(later.1[0], of: later.0.id) }
                #expect(try await database.query("SELECT 1 FROM identity_events").count == 0)
                return change
            }
            #expect(try await change.value)
            let users = try await database.query("SELECT user_id FROM identity_events ORDER BY seq").decode(UUID.self)
            #expect(users == [first.0.id.uuid, later.0.id.uuid])
        }
    }

    @Test func `a reader that asks for what is greater than the last misses none, however writers race`() async throws {
        try await replicas { database, other in
            let (writers, rounds) = (8, 25)
            let areDone = Flag()
            let reader = Task {
                var seen: [Int64] = []
                var isLast = false
                repeat {
                    isLast = areDone.isSet
                    seen += try await other.query(
                        "SELECT seq FROM identity_events WHERE seq > \(seen.last ?? 0) ORDER BY seq"
                    ).decode(Int64.self)
                } while !isLast
                return seen
            }
            defer { areDone.set() }
            let accounts = PostgresAccounts(database: database)
            try await withThrowingTaskGroup { group in
                for _ in 0..<writers {
                    let user = try await accounts.insert(.sample(), hash: hash)
                    group.addTask {
                        for round in 0..<rounds {
                            try await database.transaction { transaction in
                                try await transaction.ban(user.id)
                                if round % 2 == 0 { try await transaction.query("SELECT pg_sleep(random() / 1000)") }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            areDone.set()
            #expect(try await reader.value == Array(1...Int64(writers * rounds)))
        }
    }

    @Test func `the end of a session that meets the erasure of its account lets that go first`() async throws {
        try await replicas { database, other in
            let third = PostgresClient(database.configuration)
            let (user, ids) = try await user(PostgresAccounts(database: database), sessions: 1)
            let (erased, ended) = try await database.transaction { transaction in
                // Holds up whoever has something to tell: the one has its account then, the other must not have its session.
                try await transaction.query("SELECT next_identity_event()")
                return (
                    try await second(in: database) {
                        try await PostgresAccounts(database: other).erase(user.id, ifVersion: 1)
                    },
                    try await second(in: database, besides: 1) {
                        try await PostgresAccounts(database: third).end(ids[0], of: user.id)
                    }
                )
            }
            #expect(try await erased.value == .made(user))
            #expect(try await !ended.value)
            await third.close()
        }
    }

    @Test func `whatever meets on one account, nobody waits for who waits for them`() async throws {
        try await replicas { database, other in
            let (one, two) = (PostgresAccounts(database: database), PostgresAccounts(database: other))
            for _ in 0..<40 {
                let (user, ids) = try await user(one, sessions: 4)
                async let ended = one.end(ids[0], of: user.id)
                async let all: Void = two.endAll(of: user.id, except: ids[3])
                async let banned: Void = database.ban(user.id)
                async let changed = two.changePassword(
                    of: user.id, from: hash, to: PasswordHash(phc: "$2"), keeping: nil)
                async let opened = one.open(.sample(of: user.id))
                async let erased = one.erase(user.id, ifVersion: 1)
                _ = try await (ended, all, banned, changed, opened, erased)
                #expect(try await database.told(of: user.id).last?.hasPrefix("account_erased ") == true)
            }
        }
    }

    @Test func `who listens is woken by an event, and by nothing else`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            var notes = database.notifications(on: "identity_events").makeAsyncIterator()
            #expect(await notes.next() == .listening)
            let (user, ids) = try await user(accounts, sessions: 2)
            try await accounts.endAll(of: UserID(UUID()), except: nil)
            try await database.query("SELECT pg_notify('identity_events', 'mark')")
            #expect(await notes.next() == .message("mark"))
            try await accounts.endAll(of: user.id, except: ids[0])
            #expect(await notes.next() == .message(""))
        }
    }
}
