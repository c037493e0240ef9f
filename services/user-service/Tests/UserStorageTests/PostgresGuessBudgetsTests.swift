import DomainKit
import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostgresGuessBudgetsTests {
    func budgets(_ database: PostgresClient, most: Int = 3) throws -> PostgresGuessBudgets {
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        return PostgresGuessBudgets(database: database, key: key, most: most)
    }

    func taken(from budget: GuessBudget, _ budgets: PostgresGuessBudgets) async throws -> Guess? {
        if case .taken(let guess) = try await budgets.take(from: budget) { guess } else { nil }
    }

    @Test func `gives no more than it has`() async throws {
        try await TestDatabase.with { database in
            try await GuessBudgetsContract(ofThree: budgets(database)).givesNoMoreThanItHas()
        }
    }

    @Test func `takes back what was right`() async throws {
        try await TestDatabase.with { database in
            try await GuessBudgetsContract(ofThree: budgets(database)).takesBackWhatWasRight()
        }
    }

    @Test func `after fifteen minutes a budget is full, and a guess of before is not given back to it`() async throws {
        try await TestDatabase.with { database in
            let budgets = try budgets(database, most: 1)
            let budget = GuessBudget.strangers(try EmailAddress("hanako@example.com"))
            let early = try #require(await taken(from: budget, budgets))
            #expect(try await taken(from: budget, budgets) == nil)
            try await database.execute("UPDATE guesses SET since = since - interval '15 minutes'")
            #expect(try await taken(from: budget, budgets) != nil)
            try await budgets.giveBack(early)
            #expect(try await taken(from: budget, budgets) == nil)
        }
    }

    @Test func `no address is stored in clear`() async throws {
        try await TestDatabase.with { database in
            let email = try EmailAddress("hanako@example.com")
            _ = try await budgets(database).take(from: .strangers(email))
            let stored = try await database.query("SELECT budget FROM guesses").decode(Data.self)
            #expect(stored.count == 1 && stored[0].count == 32)
        }
    }
}
