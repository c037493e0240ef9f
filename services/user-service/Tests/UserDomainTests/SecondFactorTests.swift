import DomainKit
import Foundation
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit

@testable import UserDomain

@Suite struct SecondFactorTests {
    let house = TestHouse()

    func code(_ secret: OneTimeSecret, steps: Int = 0) -> String {
        TOTP(secret: secret).code(at: house.clock.now.addingTimeInterval(Double(steps * 30)))
    }

    /// Signs somebody up whose factor is on, by the code of the step before this one.
    func account() async throws -> (user: User, secret: OneTimeSecret, recovery: [RecoveryCode]) {
        let user = try await house.signUp()
        let offer = try await house.secondFactor.begin(house.owner(user))
        let codes = try await house.secondFactor.confirm(code(offer.secret, steps: -1), by: .sample(user.id))
        return (user, offer.secret, codes)
    }

    /// The token that the first step gives.
    func firstStep(_ user: User, knownBy device: DeviceToken? = nil) async throws -> String {
        let failure = await #expect(throws: Failure.self) {
            try await house.signIn(
                email: user.email.description, password: ClaimedPassword(TestHouse.password), device: Device(),
                knownBy: device)
        }
        #expect(failure?.code == "user.mfa-required" && failure?.kind == .unauthenticated)
        guard case .text(let token)? = failure?.extensions["mfa_token"] else { throw MissingToken() }
        return token
    }

    struct MissingToken: Error {}

    func finish(_ token: String, _ code: String, knownBy device: DeviceToken? = nil) async throws -> IssuedTokens {
        try await house.finishSignIn(token, code: code, device: Device(), knownBy: device)
    }

    func refusal(_ token: String, _ code: String) async -> String? {
        let failure = await #expect(throws: Failure.self) { try await finish(token, code) }
        return failure?.code
    }

    @Test func `the password leads to the code, and both open a session that says so`() async throws {
        let (user, secret, recovery) = try await account()
        let tokens = try await finish(firstStep(user), code(secret))
        #expect(tokens.user == user.id && tokens.access.text.contains("/otp+pwd/"))
        #expect(try await house.accounts.grant(tokens.session)?.session.methods == [.password, .oneTimeCode])
        #expect(try await house.refresh(tokens.refresh).access.text.contains("/otp+pwd/"))
        let second = try await finish(firstStep(user), recovery[3].text)
        #expect(second.access.text.contains("/pwd+rec/"))
        let events = house.accounts.securityEvents.filter { $0.kind != .newDevice }
        #expect(events.map(\.kind) == [.totpEnabled, .recoveryCodeUsed])
        #expect(events.map(\.sessionID) == [nil, second.session])
    }

    @Test func `a code and a recovery code work once`() async throws {
        let (user, secret, recovery) = try await account()
        let token = try await firstStep(user)
        #expect(await refusal(token, code(secret, steps: -1)) == "user.mfa-code-wrong", "it turned the factor on")
        _ = try await finish(token, code(secret))
        _ = try await finish(firstStep(user), recovery[0].text.lowercased())
        let again = try await firstStep(user)
        for used in [code(secret), recovery[0].text, "", "no code", "000 000 000 000"] {
            #expect(await refusal(again, used) == "user.mfa-code-wrong")
        }
        #expect(await refusal(token, code(secret, steps: 1)) == "user.mfa-token-invalid", "so does a step")
        _ = try await finish(again, code(secret, steps: 1))
    }

    @Test(arguments: [-3, -2, 2, 3])
    func `a clock that is off by more than a step makes wrong codes`(steps: Int) async throws {
        let (user, secret, _) = try await account()
        house.clock.advance(by: .seconds(300))
        #expect(try await refusal(firstStep(user), code(secret, steps: steps)) == "user.mfa-code-wrong")
        _ = try await finish(firstStep(user), code(secret, steps: steps.signum()))
    }

    @Test func `another account's code, step and recovery codes open nothing`() async throws {
        let (one, other) = (try await account(), try await account())
        let token = try await firstStep(one.user)
        #expect(await refusal(token, code(other.secret)) == "user.mfa-code-wrong")
        #expect(await refusal(token, other.recovery[0].text) == "user.mfa-code-wrong")
        let bytes = ToySecrets().first()
        for foreign in ["", "hst_", MailToken(secret: bytes).description, bytes.base64EncodedString()] {
            #expect(await refusal(foreign, code(one.secret)) == "user.mfa-token-invalid")
        }
        let unknown = SignInStepToken(secret: ToySecrets().first())
        #expect(await refusal(unknown.description, code(one.secret)) == "user.mfa-token-invalid")
        _ = try await finish(firstStep(other.user), other.recovery[0].text)
    }

    @Test func `a first step counts for five minutes, and not beyond a new password or a ban`() async throws {
        let (user, secret, _) = try await account()
        let old = try await firstStep(user)
        house.clock.advance(by: SignInStepToken.life)
        #expect(await refusal(old, code(secret)) == "user.mfa-token-invalid")
        let before = try await firstStep(user)
        try await ChangePassword(users: house.accounts, hasher: house.hasher, budgets: house.budgets)(
            of: user.id, from: ClaimedPassword(TestHouse.password), to: "c0rrect h0rse", keeping: nil)
        #expect(await refusal(before, code(secret)) == "user.mfa-token-invalid")
        let failure = await #expect(throws: Failure.self) { try await house.signedIn(user, password: "c0rrect h0rse") }
        #expect(failure?.code == "user.mfa-required", "the factor outlives the password")
        guard case .text(let token)? = failure?.extensions["mfa_token"] else { throw MissingToken() }
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: user.id)
        #expect(await refusal(token, code(secret)) == "user.banned")
    }

    @Test func `a first step counts for the account as it was, and a change that is over counts too`() async throws {
        let (user, secret, _) = try await account()
        let token = try await firstStep(user)
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: user.id)
        house.accounts.setBan(nil, of: user.id)
        #expect(await refusal(token, code(secret)) == "user.mfa-token-invalid")
        _ = try await finish(firstStep(user), code(secret))
    }

    @Test func `a device that did not do the first step is made known by a new token`() async throws {
        let ((user, secret, _), other) = (try await account(), try await account())
        let own = try #require(try await finish(firstStep(user), code(secret)).device)
        let foreign = try #require(try await finish(firstStep(other.user), code(other.secret)).device)
        for said in [DeviceToken(secret: ToySecrets().first()), foreign, own] {
            house.clock.advance(by: .seconds(30))
            let tokens = try await finish(firstStep(user), code(secret), knownBy: said)
            #expect(tokens.device != nil && tokens.device != said)
        }
    }

    @Test func `a hash made with less effort is replaced at the first step`() async throws {
        let (user, secret, _) = try await account()
        let weak = try await house.accounts.credentials(of: user.id)?.hash
        house.hasher.raiseEffort()
        let token = try await firstStep(user)
        #expect(try await house.accounts.credentials(of: user.id)?.hash != weak)
        _ = try await finish(token, code(secret))
    }

    @Test func `who knows the password alone cannot lock out a device that has signed in before`() async throws {
        let (user, secret, _) = try await account()
        let own = try #require(try await finish(firstStep(user), code(secret)).device)
        let stranger = try await firstStep(user)
        for _ in 0..<10 { #expect(await refusal(stranger, "000000") == "user.mfa-code-wrong") }
        #expect(await refusal(stranger, code(secret, steps: 1)) == "platform.rate-limited")
        #expect(try await refusal(firstStep(user), code(secret, steps: 1)) == "platform.rate-limited")
        let made = try await firstStep(user, knownBy: DeviceToken(secret: ToySecrets().first()))
        #expect(await refusal(made, code(secret, steps: 1)) == "platform.rate-limited", "whatever token is made up")
        let known = try await finish(firstStep(user, knownBy: own), code(secret, steps: 1), knownBy: own)
        #expect(known.device == own, "and is known by the same token")
        house.clock.advance(by: .seconds(900))
        _ = try await finish(firstStep(user), code(secret))
    }

    @Test func `of many guesses at once no more are looked at than the budget has`() async throws {
        let (user, secret, _) = try await account()
        let token = try await firstStep(user)
        let refusals = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { await refusal(token, "000000") } }
            return await group.reduce(into: [String: Int]()) { $0[$1 ?? "none", default: 0] += 1 }
        }
        #expect(refusals == ["user.mfa-code-wrong": 10, "platform.rate-limited": 40])
        #expect(await refusal(token, code(secret)) == "platform.rate-limited")
    }

    @Test func `what changes a factor takes a code, within a budget of its own`() async throws {
        let (user, secret, recovery) = try await account()
        let factor = house.secondFactor
        for turn in 0..<11 {
            let failure = await #expect(throws: Failure.self) {
                try await factor.remove("000000", by: .sample(user.id))
            }
            #expect(failure?.kind == (turn < 10 ? .forbidden : .rateLimited))
        }
        await #expect(throws: Failure.self) {
            try await factor.replaceRecoveryCodes(code(secret), by: .sample(user.id))
        }
        _ = try await finish(firstStep(user), code(secret))
        house.clock.advance(by: .seconds(900))
        let fresh = try await factor.replaceRecoveryCodes(code(secret), by: .sample(user.id))
        #expect(Set(fresh.map(\.text)).count == 10)
        #expect(try await refusal(firstStep(user), recovery[0].text) == "user.mfa-code-wrong")
        try await factor.remove(fresh[9].text, by: .sample(user.id))
        _ = try await house.signedIn(user)
        let again = await #expect(throws: Failure.self) { try await factor.remove(fresh[8].text, by: .sample(user.id)) }
        #expect(again?.code == "user.mfa-not-on")
    }

    @Test func `an app is on with its first code, which must come soon`() async throws {
        let (user, factor) = (try await house.signUp(), house.secondFactor)
        let none = await #expect(throws: Failure.self) { try await factor.confirm("123456", by: .sample(user.id)) }
        #expect(none?.code == "user.mfa-not-begun")
        let offer = try await factor.begin(house.owner(user))
        #expect(offer.uri.hasPrefix("otpauth://totp/Hiroba:") && offer.uri.contains(offer.secret.base32))
        let wrong = await #expect(throws: Failure.self) {
            try await factor.confirm("000000", by: .sample(user.id))
        }
        #expect(wrong?.code == "user.mfa-code-wrong" && wrong?.kind == .forbidden)
        #expect(wrong?.violations.map(\.pointer) == ["/code"])
        _ = try await house.signedIn(user)
        house.clock.advance(by: SecondFactor.confirmedWithin)
        let late = await #expect(throws: Failure.self) {
            try await factor.confirm(code(offer.secret), by: .sample(user.id))
        }
        #expect(late?.code == "user.mfa-not-begun")
        let next = try await factor.begin(house.owner(user))
        let codes = try await factor.confirm(code(next.secret, steps: 1), by: .sample(user.id))
        #expect(Set(codes.map(\.text)).count == 10)
        let more = await #expect(throws: Failure.self) {
            house.clock.advance(by: .seconds(60))
            let tokens = try await finish(firstStep(user), code(next.secret))
            _ = try await factor.begin(house.owner(tokens))
        }
        #expect(more?.code == "user.mfa-already-on")
    }

    @Test func `without the store nobody gets in`() async throws {
        let (user, secret, _) = try await account()
        let token = try await firstStep(user)
        house.accounts.setOutage(.unavailable("store"))
        let failure = await #expect(throws: Failure.self) { try await finish(token, code(secret)) }
        #expect(failure?.kind == .unavailable)
        house.accounts.setOutage(nil)
        _ = try await finish(token, code(secret))
    }
}
