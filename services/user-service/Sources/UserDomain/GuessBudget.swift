public import DomainKit
import Encodings
public import Foundation

/// Whose wrong passwords, or wrong codes, are counted together.
public enum GuessBudget: Sendable, Hashable {
    /// Everybody whose device an account does not know, from wherever they come; for an address of no account too.
    case strangers(EmailAddress)
    /// A device that has signed in to an account before.
    case device(DeviceMark)
    /// Whoever has a token of the account and says what its password is.
    case holder(UserID)
    /// Everybody who knows an account's password and shows a code on a device that the account does not know.
    case strangersCodes(UserID)
    /// Codes of a device that has signed in to an account before.
    case deviceCodes(DeviceMark)
    /// Codes of whoever has a token of the account.
    case holderCodes(UserID)

    /// No two budgets have the same.
    public var name: String {
        switch self {
        case .strangers(let email): "strangers \(email)"
        case .device(let mark): "device \(Base64URL.encode(mark))"
        case .holder(let user): "holder \(user)"
        case .strangersCodes(let user): "codes of strangers \(user)"
        case .deviceCodes(let mark): "codes of device \(Base64URL.encode(mark))"
        case .holderCodes(let user): "codes of holder \(user)"
        }
    }
}

/// Where wrong passwords are counted. Only they are spent in the end, but each guess is counted before it is looked at, so
/// that no more of them than the budget has are ever under way.
public protocol GuessBudgets: Sendable {
    /// Takes one guess, or says that there is none left and for how long.
    ///
    /// Fails: unavailable; callers then fail closed.
    func take(from budget: GuessBudget) async throws -> GuessVerdict

    /// Returns a guess that was right, or came to nothing. Fails: unavailable.
    func giveBack(_ guess: Guess) async throws
}

public enum GuessVerdict: Sendable, Hashable {
    case taken(Guess)
    case spent(retryAfter: Duration)
}

/// One guess taken from a budget.
public struct Guess: Sendable, Hashable {
    public let budget: GuessBudget
    /// When the time began in which it counts.
    public let since: Date

    public init(budget: GuessBudget, since: Date) {
        self.budget = budget
        self.since = since
    }
}

extension GuessBudgets {
    /// Whether `check` finds the password right; what is wrong stays counted.
    ///
    /// Fails: rate limited, and as `check` does.
    func spending(_ budget: GuessBudget, on check: () async throws -> PasswordCheck) async throws -> PasswordCheck {
        try await spending(budget, on: check, isWrong: { $0 == .wrong }, refusal: Failure.guessesSpent)
    }

    /// What becomes of using up a code; what is wrong, or was used before, stays counted.
    ///
    /// Fails: rate limited, and as `use` does.
    func spendingCodes(_ budget: GuessBudget, on use: () async throws -> FactorOutcome) async throws -> FactorOutcome {
        try await spending(budget, on: use, isWrong: { $0 == .codeSpent }, refusal: Failure.codesSpent)
    }

    /// What becomes of using up a code for an erasure; counted as above.
    func spendingErasures(_ budget: GuessBudget, on use: () async throws -> ErasureRequest) async throws
        -> ErasureRequest
    {
        try await spending(budget, on: use, isWrong: { $0 == .codeSpent }, refusal: Failure.codesSpent)
    }

    private func spending<Outcome: Sendable>(
        _ budget: GuessBudget, on check: () async throws -> Outcome, isWrong: (Outcome) -> Bool,
        refusal: (Duration) -> Failure
    ) async throws -> Outcome {
        switch try await take(from: budget) {
        case .spent(let retryAfter): throw refusal(retryAfter)
        case .taken(let guess):
            do {
                let outcome = try await check()
                // A guess that could not be returned stays counted: one less until the budget is full again.
                if !isWrong(outcome) { try? await giveBack(guess) }
                return outcome
            } catch {
                try? await giveBack(guess)
                throw error
            }
        }
    }
}

/// How wrong passwords are counted.
public enum GuessRules {
    /// A budget is full again so long after its first guess.
    public static let window = Duration.seconds(900)
}
