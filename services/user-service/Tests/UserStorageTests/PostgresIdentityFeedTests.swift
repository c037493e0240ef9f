import DomainKit
import Foundation
import IdentityEvents
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostgresIdentityFeedTests {
    func bans(_ count: Int, _ database: PostgresClient) async throws -> [User] {
        var users: [User] = []
        for _ in 0..<count {
            let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            try await database.ban(user.id)
            users.append(user)
        }
        return users
    }

    @Test func `everything comes page by page, as it was committed`() async throws {
        try await TestDatabase.with { database in
            let feed = PostgresIdentityFeed(database: database, page: 2)
            #expect(try await feed.events(after: nil) == IdentityPage(events: [], next: .beginning))
            let users = try await bans(5, database)
            var position: IdentityPosition?
            var read: [IdentityEvent] = []
            while true {
                let page = try await feed.events(after: position)
                position = page.next
                if page.events.isEmpty { break }
                #expect(page.events.last?.position == page.next)
                read += page.events
            }
            #expect(read.map(\.userID) == users.map(\.id.uuid) && read.map(\.seq) == Array(1...5))
            #expect(read.allSatisfy { $0.kind == .banned && $0.epoch == 1 && $0.sessionID == nil })
            #expect(Set(read.map(\.tag)).count == 5 && position == read.last?.position)
        }
    }

    @Test func `a number alone is a position, one that nobody has is the beginning`() async throws {
        try await TestDatabase.with { database in
            let feed = PostgresIdentityFeed(database: database)
            _ = try await bans(3, database)
            func numbers(_ text: String) async throws -> [Int64] {
                try await feed.events(after: IdentityPosition(text)).events.map(\.seq)
            }
            #expect(try await numbers("2") == [3])
            #expect(try await numbers("3") == [])
            for text in ["0", "4", "\(Int64.max)", "2-\(UUID().lowercased)", "2-nonsense", "3-\(UUID().lowercased)"] {
                #expect(try await numbers(text) == [1, 2, 3], "\(text)")
            }
            try await database.execute("DELETE FROM identity_events WHERE seq < 3")
            #expect(try await numbers("1") == [3])
        }
    }

    @Test func `a kind that a newer version made up is told as any other`() async throws {
        try await TestDatabase.with { database in
            _ = try await bans(1, database)
            try await database.execute("UPDATE identity_events SET kind = 'enchanted'")
            let events = try await PostgresIdentityFeed(database: database).events(after: nil).events
            #expect(events.map(\.kind.rawValue) == ["enchanted"])
        }
    }
}
