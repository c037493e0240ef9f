public import DomainKit
public import Foundation

/// Ends all sessions of an account at once, and has it erased when a time of grace is over. Signing in before then takes it back.
public struct EraseAccount<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher>: Sendable {
    /// Each further look means that the account was changed in the same few milliseconds.
    private static var mostLooks: Int { 4 }

    private let users: Users
    private let recent: RecentProof<Sessions>
    private let erasures: any ErasureStore
    private let factors: any SecondFactorStore
    private let hasher: Hasher
    private let budgets: any GuessBudgets
    private let grace: Duration

    /// - Parameter grace: zero erases at once.
    public init(
        users: Users, sessions: Sessions, erasures: any ErasureStore, factors: any SecondFactorStore, hasher: Hasher,
        budgets: any GuessBudgets, stepUp: StepUpRules, grace: Duration
    ) {
        self.users = users
        recent = RecentProof(sessions: sessions, rules: stepUp)
        self.erasures = erasures
        self.factors = factors
        self.hasher = hasher
        self.budgets = budgets
        self.grace = grace
    }

    /// When the account is erased. Wrong passwords and wrong codes are counted with all others of whoever holds its tokens.
    ///
    /// - Parameter isExpected: throws for a version that the caller does not mean.
    ///
    /// Fails: `lastAdmin`, `erasurePasswordWrong`, `passwordNotEnough`, `codeWrong`, `secondFactorIsOff`, `stepUpNeeded`,
    /// `tokenVoid`, rate limited, precondition failed, unauthenticated, unavailable.
    public func callAsFunction(
        _ owner: ActingOwner, proof: ErasureProof, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> Date {
        for _ in 0..<Self.mostLooks {
            guard let credentials = try await users.credentials(of: owner.id) else { throw Failure.accountGone }
            try isExpected(credentials.user.version)
            switch try await request(credentials, by: owner, proof) {
            case .noted(let time):
                // What is due and fails now is done within a second by whoever looks for what is due.
                if grace == .zero { _ = try? await erasures.eraseDue(most: 1) }
                return time
            case .gone: throw Failure.accountGone
            case .codeSpent: throw Failure.codeWrong
            case .stale: continue
            }
        }
        throw Failure.unavailable("account")
    }

    private func request(
        _ credentials: Credentials, by owner: ActingOwner, _ proof: ErasureProof
    ) async throws -> ErasureRequest {
        switch proof {
        case .password(let password):
            try await check(password, of: credentials)
            return try await note(credentials, by: owner, .password)
        case .code(let code): return try await note(credentials, by: owner, code: code)
        case .session:
            return try await note(credentials, by: owner, .session(try await recent.ofTwoFactors(owner)))
        }
    }

    private func note(
        _ credentials: Credentials, by owner: ActingOwner, _ ground: ErasureGround
    ) async throws -> ErasureRequest {
        try await erasures.request(of: credentials, on: ground, after: grace, by: owner.author)
    }

    /// Used up in the transaction of the request, so that no code is spent for nothing, and none counts twice.
    private func note(_ credentials: Credentials, by owner: ActingOwner, code: String) async throws -> ErasureRequest {
        guard let kept = try await factors.factor(of: owner.id), kept.factor.isConfirmed else {
            throw Failure.secondFactorIsOff
        }
        return try await budgets.spendingErasures(.holderCodes(owner.id)) {
            guard kept.factor.id == credentials.secondFactor else { return .stale }
            guard let proof = kept.factor.proof(of: code, by: owner.id, at: kept.now) else { return .codeSpent }
            return try await note(credentials, by: owner, .code(proof))
        }
    }

    private func check(_ password: ClaimedPassword, of credentials: Credentials) async throws {
        guard credentials.secondFactor == nil, credentials.user.roles.isDisjoint(with: recent.rules.rolesOfTwoFactors)
        else { throw Failure.passwordNotEnough }
        let outcome = try await budgets.spending(.holder(credentials.user.id)) {
            try await hasher.check(password, against: credentials.hash)
        }
        guard outcome != .wrong else { throw Failure.erasurePasswordWrong }
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
