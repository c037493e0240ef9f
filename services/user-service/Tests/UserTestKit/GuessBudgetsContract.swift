import DomainKit
import Foundation
public import UserDomain

/// What every `GuessBudgets` promises; made with three guesses a budget.
public struct GuessBudgetsContract: Sendable {
    private let budgets: any GuessBudgets

    public init(ofThree budgets: any GuessBudgets) {
        self.budgets = budgets
    }

    private func take(from budget: GuessBudget) async throws -> Guess? {
        if case .taken(let guess) = try await budgets.take(from: budget) { guess } else { nil }
    }

    public func givesNoMoreThanItHas() async throws {
        let budget = GuessBudget.holder(UserID(UUID()))
        let taken = try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { try await take(from: budget) != nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(taken == 3, "of fifty guesses at once three are taken, not \(taken)")
        guard case .spent(let pause) = try await budgets.take(from: budget) else {
            throw BrokenPromise(description: "a spent budget says so")
        }
        try promise(pause > .zero && pause <= GuessRules.window, "and for how long: \(pause)")
        try promise(await take(from: .holder(UserID(UUID()))) != nil, "another budget is another's")
        try promise(await take(from: .device(ToySecrets().first())) != nil, "a device's too")
    }

    public func takesBackWhatWasRight() async throws {
        let budget = GuessBudget.strangers(try User.sample().email)
        for _ in 0..<9 {
            guard let guess = try await take(from: budget) else {
                throw BrokenPromise(description: "guesses that were given back are there")
            }
            try await budgets.giveBack(guess)
        }
        for _ in 0..<3 { _ = try await take(from: budget) }
        try promise(await take(from: budget) == nil, "and those that were not are not")
    }
}
