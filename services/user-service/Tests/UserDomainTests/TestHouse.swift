import DomainKit
import Foundation
import PlatformTesting
import UserDomain
import UserTestKit

/// The use cases on ports in memory.
struct TestHouse {
    static let password = "tr0ub4dor&3"

    let accounts: InMemoryAccounts
    let budgets: InMemoryGuessBudgets
    let hasher = QuickHasher()
    let clock = TestClock()

    init() {
        accounts = InMemoryAccounts(clock: clock)
        budgets = InMemoryGuessBudgets(clock: clock)
    }

    func signUp() async throws -> User {
        try await SignUp(users: accounts, hasher: hasher, ids: SystemIDSource(), clock: clock)(
            email: "\(UUID().lowercased)@example.com", password: Self.password, displayName: "花子")
    }

    var signIn: SignIn<InMemoryAccounts, InMemoryAccounts, QuickHasher, PlainTokens> {
        SignIn(
            users: accounts, sessions: accounts, hasher: hasher, tokens: PlainTokens(), budgets: budgets,
            secrets: ToySecrets(), rules: SessionRules(), ids: SystemIDSource(), clock: clock)
    }

    var refreshSession: RefreshSession<InMemoryAccounts, PlainTokens> {
        RefreshSession(
            sessions: accounts, tokens: PlainTokens(), secrets: ToySecrets(), rules: SessionRules(),
            clock: clock)
    }

    func signedIn(_ user: User, password: String = password) async throws -> IssuedTokens {
        try await signIn(email: user.email.description, password: ClaimedPassword(password), device: Device())
    }

    func refresh(_ token: RefreshToken) async throws -> IssuedTokens {
        try await refreshSession(token.description, device: Device(userAgent: "thief/1.0"))
    }
}
