import DomainKit
import Testing
import UserDomain
import UserTestKit

@Suite struct ChangePasswordTests {
    let house = TestHouse()
    var change: ChangePassword<InMemoryAccounts, InMemoryAccounts, QuickHasher> {
        ChangePassword(users: house.accounts, sessions: house.accounts, hasher: house.hasher)
    }

    @Test func `the new password works, the old one not, and other devices are signed out`() async throws {
        let user = try await house.signUp()
        let (here, there) = (try await house.signedIn(user), try await house.signedIn(user))
        try await change(
            of: user.id, from: ClaimedPassword(TestHouse.password), to: "c0rrect h0rse", keeping: here.session)
        _ = try await house.signedIn(user, password: "c0rrect h0rse")
        await #expect(throws: Failure.self) { try await house.signedIn(user) }
        _ = try await house.refresh(here.refresh)
        await #expect(throws: Failure.self) { try await house.refresh(there.refresh) }
    }

    @Test func `without the present password nothing changes`() async throws {
        let user = try await house.signUp()
        let there = try await house.signedIn(user)
        let failure = await #expect(throws: Failure.self) {
            try await change(of: user.id, from: ClaimedPassword("wr0ng&wrong"), to: "c0rrect h0rse", keeping: nil)
        }
        #expect(failure?.code == "user.password-wrong" && failure?.kind == .forbidden)
        _ = try await house.refresh(there.refresh)
        _ = try await house.signedIn(user)
    }

    @Test func `a new password keeps the rules`() async throws {
        let user = try await house.signUp()
        let failure = await #expect(throws: Failure.self) {
            try await change(
                of: user.id, from: ClaimedPassword(TestHouse.password), to: user.email.description, keeping: nil)
        }
        #expect(failure?.violations.map(\.pointer) == ["/new_password"])
    }
}
