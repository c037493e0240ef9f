import DomainKit
import Testing
import UserDomain
import UserTestKit

@Suite struct AppointAdminTests {
    let house = TestHouse()
    var appoint: AppointAdmin<InMemoryAccounts, QuickHasher> {
        AppointAdmin(
            users: house.accounts, hasher: house.hasher, ids: SystemIDSource(), clock: house.clock)
    }

    @Test func `a new account is an admin's`() async throws {
        let user = try await appoint(email: "root@example.com", password: TestHouse.password, displayName: "Root")
        #expect(user.roles == [.user, .admin])
        _ = try await house.signedIn(user)
    }

    @Test func `an account that is there becomes an admin's, with that password`() async throws {
        let user = try await house.signUp()
        let tokens = try await house.signedIn(user)
        let admin = try await appoint(email: user.email.description, password: "c0rrect h0rse", displayName: "x")
        #expect(admin.id == user.id && admin.roles == [.user, .admin] && admin.displayName == user.displayName)
        _ = try await house.signedIn(user, password: "c0rrect h0rse")
        await #expect(throws: Failure.self) { try await house.refresh(tokens.refresh) }
    }

    @Test func `doing it again changes nothing`() async throws {
        let first = try await appoint(email: "root@example.com", password: TestHouse.password, displayName: "Root")
        let tokens = try await house.signedIn(first)
        let second = try await appoint(email: "ROOT@example.com", password: TestHouse.password, displayName: "Root")
        #expect(second == first)
        _ = try await house.refresh(tokens.refresh)
    }

    @Test func `the rules for passwords hold for admins too`() async throws {
        let user = try await house.signUp()
        for email in [user.email.description, "root@example.com"] {
            let failure = await #expect(throws: Failure.self) {
                try await appoint(email: email, password: "password", displayName: "Root")
            }
            #expect(failure?.violations.map(\.code) == ["too-common"])
        }
    }
}
