import DomainKit
import Testing
import UserDomain
import UserTestKit

@Suite struct BreachedPasswordsTests {
    static let breached = "an0ther&one"
    let house = TestHouse()
    let breaches = ListedBreaches(breached)

    private var signUp: SignUp<InMemoryAccounts, QuickHasher> {
        SignUp(
            users: house.accounts, hasher: house.hasher, ids: SystemIDSource(), clock: house.clock,
            mail: SignUpMail(proofs: house.accounts, tokens: ToyMailTokens()), breached: breaches)
    }

    private func expectRefusal(at pointer: String, _ body: () async throws -> Void) async {
        let failure = await #expect(throws: Failure.self) { try await body() }
        #expect(failure?.kind == .invalidInput)
        #expect(failure?.violations.map(\.pointer) == [pointer] && failure?.violations.map(\.code) == ["breached"])
    }

    @Test func `nobody signs up with one, whether the address is known or not`() async throws {
        let user = try await house.signUp()
        for email in ["new@example.com", user.email.description] {
            await expectRefusal(at: "/password") {
                try await signUp.quietly(email: email, password: Self.breached, displayName: "花子")
            }
            await expectRefusal(at: "/password") {
                _ = try await signUp(email: email, password: Self.breached, displayName: "花子")
            }
        }
        #expect(house.accounts.mails.isEmpty)
        _ = try await signUp(email: "new@example.com", password: TestHouse.password, displayName: "花子")
    }

    @Test func `a reset takes none, and its token stays good`() async throws {
        let user = try await house.signUp()
        let reset = ResetPassword(
            proofs: house.accounts, tokens: ToyMailTokens(), hasher: house.hasher, ids: SystemIDSource(),
            breached: breaches)
        try await reset.ask(for: user.email.description)
        let token = try #require(house.accounts.mails.last?.token?.text)
        await expectRefusal(at: "/new_password") {
            try await reset.confirm(token, newPassword: Self.breached, requestID: nil)
        }
        try await reset.confirm(token, newPassword: "c0rrect h0rse", requestID: nil)
    }

    @Test func `a change takes none, and whoever has one may go on with it`() async throws {
        let user = try await house.signUp()
        let change = ChangePassword(
            users: house.accounts, hasher: house.hasher, budgets: house.budgets,
            breached: ListedBreaches(Self.breached, TestHouse.password))
        await expectRefusal(at: "/new_password") {
            try await change(
                of: user.id, from: ClaimedPassword(TestHouse.password), to: Self.breached, keeping: nil)
        }
        _ = try await house.signedIn(user)
        try await change(of: user.id, from: ClaimedPassword(TestHouse.password), to: "c0rrect h0rse", keeping: nil)
    }

    @Test func `an operator gives no admin one, new or not`() async throws {
        let appoint = AppointAdmin(
            users: house.accounts, hasher: house.hasher, ids: SystemIDSource(), clock: house.clock, breached: breaches)
        for email in [try await house.signUp().email.description, "root@example.com"] {
            await expectRefusal(at: "/password") {
                _ = try await appoint(email: email, password: Self.breached, displayName: "Root")
            }
        }
    }
}
