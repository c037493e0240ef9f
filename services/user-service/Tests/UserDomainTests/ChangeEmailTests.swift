import DomainKit
import Foundation
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit

@testable import UserDomain

@Suite struct ChangeEmailTests {
    let house = TestHouse()

    /// The code of the failure; nil where the change was asked for.
    func refusal(
        _ owner: ActingOwner, _ password: String = TestHouse.password, _ rules: StepUpRules = StepUpRules(),
        to email: String = "\(UUID().lowercased)@example.net"
    ) async -> String? {
        do {
            try await house.changingEmail(rules).ask(owner, to: email, password: ClaimedPassword(password))
            return nil
        } catch {
            return (error as? Failure)?.code ?? "\(error)"
        }
    }

    @Test func `the password alone moves no address: a fresh proof is asked for before it is looked at`() async throws {
        let tokens = try await house.signedIn(house.signUp())
        let owner = house.owner(tokens)
        house.clock.advance(by: .seconds(600))
        let checks = house.hasher.checks
        for _ in 0..<20 { #expect(await refusal(owner, "wr0ng&one") == "user.step-up-required") }
        #expect(house.hasher.checks == checks && house.accounts.mails.isEmpty)
        _ = try await house.stepUp(owner, by: .password(ClaimedPassword(TestHouse.password)))
        #expect(await refusal(owner) == "user.step-up-required", "the token that was there says when it was before")
        #expect(await refusal(house.owner(tokens), "wr0ng&one") == "user.password-wrong")
        #expect(await refusal(house.owner(tokens)) == nil)
    }

    @Test func `a token of no session, or of another account's, moves no address`() async throws {
        let user = try await house.signUp()
        let stranger = try await house.owner(house.signUp())
        for (session, code) in [(nil, "user.step-up-required"), (stranger.session, "platform.unauthenticated")] {
            let owner = ActingOwner(id: user.id, session: session, authenticatedAt: house.clock.now, requestID: "r")
            #expect(await refusal(owner) == code)
        }
    }

    @Test(arguments: [
        "аdmin@example.com", "a\r\nBcc: b@c.co", "a@b.co,c@d.co", String(repeating: "a", count: 65) + "@b.co",
        String(repeating: "x", count: 1_048_576),
    ])
    func `no address that passes for another one, is more than one or too long is taken`(email: String) async throws {
        let owner = try await house.owner(house.signUp())
        #expect(await refusal(owner, to: email) == "platform.invalid-input")
        #expect(house.accounts.mails.isEmpty)
    }

    @Test func `where a role counts with two factors alone, one of them moves no address`() async throws {
        let rules = StepUpRules(rolesOfTwoFactors: [.admin])
        let user = try await house.signUp()
        let owner = try await house.owner(user)
        let credentials = try #require(try await house.accounts.credentials(of: user.id))
        _ = try await house.accounts.appointAdmin(credentials, newHash: nil, at: house.clock.now)
        #expect(await refusal(owner, TestHouse.password, rules) == nil, "it has no second one yet")
        house.clock.advance(by: .seconds(61))
        let offer = try await house.secondFactor.begin(owner)
        _ = try await house.secondFactor.confirm(
            TOTP(secret: offer.secret).code(at: house.clock.now - 30), by: owner)
        #expect(await refusal(owner, TestHouse.password, rules) == nil, "the session has shown both")
        house.clock.advance(by: .seconds(61))
        let now = try #require(try await house.accounts.credentials(of: user.id))
        let half = SessionOpening.sample(
            of: user.id, checked: now.hash, epoch: now.user.epoch, secondFactor: now.secondFactor, methods: [.password])
        _ = try await house.accounts.open(half)
        let other = ActingOwner(id: user.id, session: half.id, authenticatedAt: house.clock.now, requestID: "r")
        #expect(await refusal(other, TestHouse.password, rules) == "user.second-factor-required")
    }
}
