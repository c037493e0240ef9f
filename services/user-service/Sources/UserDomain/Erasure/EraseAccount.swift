public import DomainKit
public import Foundation

/// What whoever wants their account erased shows beside a token, which may be in other hands.
public enum ErasureProof: Sendable {
    case password(ClaimedPassword)
}

/// Ends all sessions of an account at once, and has it erased when a time of grace is over. Signing in before then takes it back.
public struct EraseAccount<Users: UserStore, Hasher: PasswordHasher>: Sendable {
    /// Each further look means that the hash was changed in the same few milliseconds.
    private static var mostLooks: Int { 4 }

    private let users: Users
    private let erasures: any ErasureStore
    private let hasher: Hasher
    private let budgets: any GuessBudgets
    private let grace: Duration

    /// - Parameter grace: zero erases at once.
    public init(
        users: Users, erasures: any ErasureStore, hasher: Hasher, budgets: any GuessBudgets, grace: Duration
    ) {
        self.users = users
        self.erasures = erasures
        self.hasher = hasher
        self.budgets = budgets
        self.grace = grace
    }

    /// When the account is erased.
    ///
    /// - Parameter isExpected: throws for a version that the caller does not mean.
    ///
    /// Fails: `lastAdmin`, `erasurePasswordWrong`, rate limited, precondition failed, unauthenticated, unavailable.
    public func callAsFunction(
        _ id: UserID, proof: ErasureProof, requestID: String? = nil, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> Date {
        for _ in 0..<Self.mostLooks {
            guard let credentials = try await users.credentials(of: id) else { throw Failure.accountGone }
            try isExpected(credentials.user.version)
            try await check(proof, of: credentials)
            let request = try await erasures.request(
                of: id, checked: credentials.hash, after: grace, by: AuditAuthor(account: id, requestID: requestID))
            switch request {
            case .noted(let time):
                // What is due and fails now is done within a second by whoever looks for what is due.
                if grace == .zero { _ = try? await erasures.eraseDue(most: 1) }
                return time
            case .gone: throw Failure.accountGone
            case .stale: continue
            }
        }
        throw Failure.unavailable("account")
    }

    private func check(_ proof: ErasureProof, of credentials: Credentials) async throws {
        switch proof {
        case .password(let password):
            let outcome = try await budgets.spending(.holder(credentials.user.id)) {
                try await hasher.check(password, against: credentials.hash)
            }
            guard outcome != .wrong else { throw Failure.erasurePasswordWrong }
        }
    }
}

extension Failure {
    static var erasurePasswordWrong: Failure {
        Failure(
            .forbidden, code: "user.password-wrong", message: "The password is wrong.",
            violations: [Violation(pointer: "/password", code: "wrong", detail: "This is not your password.")])
    }

    public static var erasureNotFound: Failure {
        Failure(.notFound, code: "user.erasure-not-found", message: "No such account was erased.")
    }
}
