import DomainKit
import Foundation
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit

@testable import UserDomain

@Suite struct EraseAccountTests {
    let house = TestHouse()

    func erasing(after grace: Duration) -> EraseAccount<InMemoryAccounts, InMemoryAccounts, QuickHasher> {
        EraseAccount(
            users: house.accounts, sessions: house.accounts, erasures: house.accounts, factors: house.accounts,
            hasher: house.hasher, budgets: house.budgets, stepUp: StepUpRules(), grace: grace)
    }

    let right = ErasureProof.password(ClaimedPassword(TestHouse.password))

    @Test func `without grace an account is gone when the answer comes, and with some it is not`() async throws {
        for grace in [Duration.zero, .seconds(1)] {
            let user = try await house.signUp()
            let owner = try await house.owner(user)
            let time = try await erasing(after: grace)(owner, proof: right) { _ in }
            #expect(time == house.clock.now.addingTimeInterval(grace / .seconds(1)))
            #expect(try await (house.accounts.user(user.id) == nil) == (grace == .zero))
        }
    }

    @Test func `an app that was begun and not turned on erases nothing`() async throws {
        let user = try await house.signUp()
        let owner = try await house.owner(user)
        let offer = try await house.secondFactor.begin(owner)
        let code = TOTP(secret: offer.secret).code(at: house.clock.now)
        let failure = await #expect(throws: Failure.self) {
            try await erasing(after: .zero)(owner, proof: .code(code)) { _ in }
        }
        #expect(failure?.code == "user.mfa-not-on")
        #expect(try await house.accounts.user(user.id) != nil)
    }

    @Test func `a version that is not meant costs no guess`() async throws {
        let user = try await house.signUp()
        let owner = try await house.owner(user)
        let checks = house.hasher.checks
        struct NotMeant: Error {}
        await #expect(throws: NotMeant.self) {
            try await erasing(after: .zero)(owner, proof: right) { _ in throw NotMeant() }
        }
        #expect(house.hasher.checks == checks)
        #expect(try await house.accounts.user(user.id) != nil)
    }
}
