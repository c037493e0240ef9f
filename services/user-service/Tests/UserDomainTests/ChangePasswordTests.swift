import DomainKit
import Testing
import UserDomain
import UserTestKit

@Suite struct ChangePasswordTests {
    let house = TestHouse()
    var change: ChangePassword<InMemoryAccounts, QuickHasher> {
        ChangePassword(users: house.accounts, hasher: house.hasher, budgets: house.budgets)
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

    @Test func `only wrong passwords are counted, and not with those of strangers`() async throws {
        let user = try await house.signUp()
        for _ in 0..<10 {
            await #expect(throws: Failure.self) { try await house.signedIn(user, password: "wr0ng&wrong") }
        }
        let passwords = [TestHouse.password, "c0rrect h0rse"]
        for turn in 0..<12 {
            try await change(
                of: user.id, from: ClaimedPassword(passwords[turn % 2]), to: passwords[(turn + 1) % 2], keeping: nil)
        }
        for turn in 0..<11 {
            let failure = await #expect(throws: Failure.self) {
                try await change(of: user.id, from: ClaimedPassword("wr0ng&wrong"), to: "an0ther&one", keeping: nil)
            }
            #expect(failure?.kind == (turn < 10 ? .forbidden : .rateLimited))
        }
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
