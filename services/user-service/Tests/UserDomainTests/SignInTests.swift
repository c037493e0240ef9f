import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

@Suite struct SignInTests {
    let house = TestHouse()

    @Test func `a right password opens a session`() async throws {
        let user = try await house.signUp()
        let tokens = try await house.signIn(
            email: user.email.description.uppercased(), password: ClaimedPassword(TestHouse.password), device: Device())
        #expect(tokens.user == user.id && tokens.refresh.session == tokens.session && tokens.refresh.generation == 0)
        let grant = try await house.accounts.grant(tokens.session)
        #expect(grant?.user == user)
        #expect(grant?.session.expiresAt == house.clock.now.addingTimeInterval(30 * 86_400))
    }

    @Test func `an unknown address is refused as a wrong password is, after the same work`() async throws {
        let user = try await house.signUp()
        for (email, password) in [
            (user.email.description, "wr0ng&wrong"), ("nobody@example.com", TestHouse.password),
            ("no address", TestHouse.password), (user.email.description, String(repeating: "x", count: 1_000_000)),
        ] {
            let before = house.hasher.checks
            let failure = await #expect(throws: Failure.self) {
                try await house.signIn(email: email, password: ClaimedPassword(password), device: Device())
            }
            #expect(failure?.code == "user.credentials-wrong" && failure?.kind == .unauthenticated)
            #expect(house.hasher.checks == before + 1)
        }
    }

    @Test func `a hash made with less effort is replaced at sign-in`() async throws {
        let user = try await house.signUp()
        let weak = try await house.accounts.credentials(of: user.id)?.hash
        house.hasher.raiseEffort()
        _ = try await house.signedIn(user)
        let strong = try await house.accounts.credentials(of: user.id)?.hash
        #expect(strong != weak)
        _ = try await house.signedIn(user)
        #expect(try await house.accounts.credentials(of: user.id)?.hash == strong)
    }

    @Test func `no worker for the password is unavailable, no store too`() async throws {
        let user = try await house.signUp()
        house.hasher.setFull(true)
        await #expect(throws: Failure.self) { try await house.signedIn(user) }
        house.hasher.setFull(false)
        house.accounts.setOutage(.unavailable("store"))
        let failure = await #expect(throws: Failure.self) { try await house.signedIn(user) }
        #expect(failure?.kind == .unavailable)
        house.accounts.setOutage(nil)
        _ = try await house.signedIn(user)
    }
}
