import DomainKit
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct SignUpTests {
    let accounts = InMemoryAccounts()
    let clock = TestClock()
    var signUp: SignUp<InMemoryAccounts, QuickHasher> {
        SignUp(users: accounts, hasher: QuickHasher(), ids: SystemIDSource(), clock: clock)
    }

    @Test func `an account is stored under its normal address`() async throws {
        let user = try await signUp(email: "Hanako@Example.com", password: "tr0ub4dor&3", displayName: " 花子 ")
        #expect(user.email.description == "hanako@example.com" && user.displayName.description == "花子")
        #expect(user.roles == [.user] && user.version == 1 && user.createdAt == clock.now)
        #expect(try await accounts.user(user.id) == user)
    }

    @Test func `an address is taken in any case`() async throws {
        _ = try await signUp(email: "hanako@example.com", password: "tr0ub4dor&3", displayName: "花子")
        let failure = await #expect(throws: Failure.self) {
            try await signUp(email: "HANAKO@example.com", password: "an0ther&one", displayName: "次郎")
        }
        #expect(failure?.code == "user.email-taken" && failure?.kind == .conflict)
    }

    @Test func `a domain in its Unicode and its ASCII form is one`() async throws {
        _ = try await signUp(email: "hanako@例え.jp", password: "tr0ub4dor&3", displayName: "花子")
        let failure = await #expect(throws: Failure.self) {
            try await signUp(email: "hanako@xn--r8jz45g.jp", password: "an0ther&one", displayName: "次郎")
        }
        #expect(failure?.code == "user.email-taken")
    }

    @Test(arguments: [
        "аdmin@example.com", "ﬁre@example.com", "a\r\nBcc: b@c.co", "a@b.co,c@d.co",
        String(repeating: "a", count: 65) + "@b.co", String(repeating: "x", count: 1_048_576),
    ])
    func `no address that passes for another one, is more than one or too long opens an account`(email: String) async {
        let failure = await #expect(throws: Failure.self) {
            try await signUp(email: email, password: "tr0ub4dor&3", displayName: "花子")
        }
        #expect(failure?.violations.map(\.pointer) == ["/email"])
    }

    @Test func `everything that is wrong is told at once`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await signUp(email: "nowhere", password: "short", displayName: "")
        }
        #expect(failure?.violations.map(\.pointer) == ["/email", "/display_name", "/password"])
    }

    @Test(arguments: ["hanako.suzuki", "HANAKO.SUZUKI@example.com", "Suzuki Hanako"])
    func `the own name and address are no passwords`(password: String) async throws {
        let failure = await #expect(throws: Failure.self) {
            try await signUp(email: "hanako.suzuki@example.com", password: password, displayName: "Suzuki Hanako")
        }
        #expect(failure?.violations.map(\.code) == ["too-common"])
    }
}
