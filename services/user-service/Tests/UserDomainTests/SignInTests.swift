import DomainKit
import Foundation
import PlatformTesting
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

    @Test func `a ban is told to whoever knows the password, with its end, and to nobody else`() async throws {
        let user = try await house.signUp()
        let end = house.clock.now + 3_600
        house.accounts.setBan(Ban(at: house.clock.now, until: end, reason: "spam"), of: user.id)
        let wrong = await #expect(throws: Failure.self) { try await house.signedIn(user, password: "wr0ng&wrong") }
        #expect(wrong?.code == "user.credentials-wrong" && wrong?.extensions == [:])
        for _ in 0..<11 {
            let banned = await #expect(throws: Failure.self) { try await house.signedIn(user) }
            #expect(banned?.code == "user.banned" && banned?.kind == .forbidden)
            #expect(banned?.extensions == ["until": .text(RFC3339.string(from: end))])
        }
        house.clock.advance(by: .seconds(3_600))
        _ = try await house.signedIn(user)
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: user.id)
        let forEver = await #expect(throws: Failure.self) { try await house.signedIn(user) }
        #expect(forEver?.code == "user.banned" && forEver?.extensions == [:])
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

    @Test func `only wrong passwords are counted, from whatever device`() async throws {
        let user = try await house.signUp()
        for _ in 0..<30 { _ = try await house.signedIn(user) }
        for turn in 0..<12 {
            let failure = await #expect(throws: Failure.self) {
                try await house.signedIn(user, password: "wr0ng&wrong")
            }
            #expect(failure?.kind == (turn < 10 ? .unauthenticated : .rateLimited))
        }
        #expect(house.hasher.checks == 40)
        house.clock.advance(by: .seconds(900))
        _ = try await house.signedIn(user)
    }

    @Test func `of many guesses at once no more are looked at than the budget has`() async throws {
        let user = try await house.signUp()
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { [house] in _ = try? await house.signedIn(user, password: "wr0ng&wrong") }
            }
        }
        #expect(house.hasher.checks == 10)
    }

    @Test func `a device that has signed in before is not locked out by strangers, nor they by it`() async throws {
        let user = try await house.signUp()
        func signIn(_ password: String, _ token: DeviceToken?) async -> Failure.Kind? {
            do {
                _ = try await house.signIn(
                    email: user.email.description, password: ClaimedPassword(password), device: Device(),
                    knownBy: token)
                return nil
            } catch { return (error as? Failure)?.kind }
        }
        let own = try #require(try await house.signedIn(user).device)
        let foreign = DeviceToken(secret: ToySecrets().first())
        for _ in 0..<10 { #expect(await signIn("wr0ng&wrong", foreign) == .unauthenticated) }
        #expect(await signIn(TestHouse.password, foreign) == .rateLimited)
        #expect(await signIn(TestHouse.password, nil) == .rateLimited)
        #expect(await signIn(TestHouse.password, own) == nil)
        for _ in 0..<10 { #expect(await signIn("wr0ng&wrong", own) == .unauthenticated) }
        #expect(await signIn(TestHouse.password, own) == .rateLimited)
        house.clock.advance(by: .seconds(900))
        let other = try await house.signUp()
        let atAnother = try await house.signIn(
            email: other.email.description, password: ClaimedPassword(TestHouse.password), device: Device(),
            knownBy: own)
        #expect(atAnother.device != own)
        let again = try await house.signIn(
            email: user.email.description, password: ClaimedPassword(TestHouse.password), device: Device(),
            knownBy: own)
        #expect(again.device == own)
    }

    @Test func `a password that could not be looked at is not counted`() async throws {
        let user = try await house.signUp()
        house.hasher.setFull(true)
        for _ in 0..<11 { await #expect(throws: Failure.self) { try await house.signedIn(user) } }
        house.hasher.setFull(false)
        _ = try await house.signedIn(user)
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
