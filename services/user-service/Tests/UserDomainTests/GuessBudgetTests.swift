import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

@Suite struct GuessBudgetTests {
    @Test func `no two budgets of one account or device have one name`() throws {
        let (user, mark) = (try User.sample(), ToySecrets().first())
        let budgets: [GuessBudget] = [
            .strangers(user.email), .device(mark), .holder(user.id), .strangersCodes(user.id), .deviceCodes(mark),
            .holderCodes(user.id),
        ]
        #expect(Set(budgets.map(\.name)).count == budgets.count)
        let other = try User.sample()
        let others: [GuessBudget] = [
            .strangers(other.email), .device(ToySecrets().first()), .holder(other.id), .strangersCodes(other.id),
            .deviceCodes(ToySecrets().first()), .holderCodes(other.id),
        ]
        #expect(Set((budgets + others).map(\.name)).count == 2 * budgets.count)
    }
}
