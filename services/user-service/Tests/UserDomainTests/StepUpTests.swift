import DomainKit
import Foundation
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit
import WebAuthn

@testable import UserDomain

@Suite struct StepUpTests {
    let house = TestHouse()

    func refusal(_ body: () async throws -> Void) async -> String? {
        await #expect(throws: Failure.self) { try await body() }?.code
    }

    func stepUp(_ owner: ActingOwner, _ proof: StepUpProof) async throws -> SteppedUp {
        try await house.stepUp(owner, by: proof)
    }

    func password(_ text: String = TestHouse.password) -> StepUpProof { .password(ClaimedPassword(text)) }

    @Test func `a password shown again makes a session fresh, and the next tokens say so`() async throws {
        let user = try await house.signUp()
        let tokens = try await house.signedIn(user)
        let old = house.owner(tokens)
        house.clock.advance(by: .seconds(600))
        #expect(await refusal { _ = try await house.secondFactor.begin(old) } == "user.step-up-required")
        let stepped = try await stepUp(old, password())
        #expect(stepped.session == tokens.session && stepped.user == user.id)
        #expect(try await house.accounts.grant(tokens.session)?.session.authenticatedAt == house.clock.now)
        // The token that was there says still when it was before.
        #expect(await refusal { _ = try await house.secondFactor.begin(old) } == "user.step-up-required")
        _ = try await house.secondFactor.begin(house.owner(tokens))
    }

    @Test func `what is fresh ends with its time, and what has no time or no session is not`() async throws {
        let user = try await house.signUp()
        let owner = house.owner(try await house.signedIn(user))
        house.clock.advance(by: .milliseconds(599_999))
        _ = try await house.secondFactor.begin(owner)
        for other in [
            ActingOwner(id: user.id, session: owner.session, authenticatedAt: nil, requestID: "r"),
            ActingOwner(id: user.id, session: nil, authenticatedAt: house.clock.now, requestID: "r"),
        ] {
            let failure = await #expect(throws: Failure.self) { try await house.secondFactor.begin(other) }
            #expect(failure?.code == "user.step-up-required" && failure?.kind == .unauthenticated)
            #expect(failure?.extensions == ["max_age": .number(600)])
        }
        let stranger = try await house.owner(house.signUp())
        let foreign = ActingOwner(
            id: user.id, session: stranger.session, authenticatedAt: house.clock.now, requestID: "r")
        #expect(await refusal { _ = try await house.secondFactor.begin(foreign) } == "platform.unauthenticated")
    }

    @Test func `a wrong password is counted with others of whoever holds the tokens`() async throws {
        let user = try await house.signUp()
        let owner = house.owner(try await house.signedIn(user))
        for _ in 0..<10 {
            #expect(await refusal { _ = try await stepUp(owner, password("no")) } == "user.password-wrong")
        }
        #expect(await refusal { _ = try await stepUp(owner, password()) } == "platform.rate-limited")
        let change = ChangePassword(users: house.accounts, hasher: house.hasher, budgets: house.budgets)
        let change2 = await refusal {
            try await change(of: user.id, from: ClaimedPassword("no"), to: "c0rrect h0rse", keeping: nil)
        }
        #expect(change2 == "platform.rate-limited")
        _ = try await house.signedIn(user)
    }

    /// Somebody whose app is on, in the session in which it was turned on.
    private func accountWithAnApp() async throws -> (owner: ActingOwner, secret: OneTimeSecret, codes: [RecoveryCode]) {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        let offer = try await house.secondFactor.begin(owner)
        let code = TOTP(secret: offer.secret).code(at: house.clock.now - 30)
        return (owner, offer.secret, try await house.secondFactor.confirm(code, by: owner))
    }

    @Test func `with an app on a code is asked for, and works once`() async throws {
        let (owner, secret, recovery) = try await accountWithAnApp()
        let session = try #require(owner.session)
        house.clock.advance(by: .seconds(3_600))
        #expect(await refusal { _ = try await stepUp(owner, password()) } == "user.second-factor-needed")
        #expect(house.hasher.checks == 1, "the password is not looked at")
        let code = TOTP(secret: secret).code(at: house.clock.now)
        for wrong in ["", "000000", "花", String(repeating: "1", count: 1_000)] {
            #expect(await refusal { _ = try await stepUp(owner, .code(wrong)) } == "user.mfa-code-wrong")
        }
        #expect(try await stepUp(owner, .code(code)).access.text.contains("/otp+pwd/"))
        #expect(await refusal { _ = try await stepUp(owner, .code(code)) } == "user.mfa-code-wrong")
        func used() -> [SecurityEvent] { house.accounts.securityEvents.filter { $0.kind == .recoveryCodeUsed } }
        #expect(used().isEmpty)
        #expect(try await stepUp(owner, .code(recovery[0].text)).access.text.contains("/otp+pwd+rec/"))
        #expect(used().map(\.sessionID) == [session])
        #expect(await refusal { _ = try await stepUp(owner, .code(recovery[0].text)) } == "user.mfa-code-wrong")
    }

    @Test func `what the session has shown already, or the account asks for, is no password's to show again`()
        async throws
    {
        let (owner, secret, _) = try await accountWithAnApp()
        let session = try #require(owner.session)
        let user = try #require(try await house.accounts.credentials(of: owner.id))
        let key = SessionOpening.sample(
            of: owner.id, checked: user.hash, secondFactor: user.secondFactor, methods: [.hardwareKey])
        #expect(try await house.accounts.open(key))
        let second = ActingOwner(id: owner.id, session: key.id, authenticatedAt: nil, requestID: "r")
        #expect(await refusal { _ = try await stepUp(second, password()) } == "user.second-factor-needed")
        // With the app gone the passkey still has shown more.
        try await house.secondFactor.remove(TOTP(secret: secret).code(at: house.clock.now), by: owner)
        #expect(await refusal { _ = try await stepUp(second, password()) } == "user.second-factor-needed")
        #expect(try await house.accounts.grant(session)?.session.methods == [.password])
        #expect(try await stepUp(owner, password()).access.text.contains("/pwd/"))
        #expect(house.hasher.checks == 2, "at the sign-in, and here")
    }

    @Test func `a code that was shown beside a passkey is one factor once that is gone`() async throws {
        let (owner, secret, _) = try await accountWithAnApp()
        let user = try #require(try await house.accounts.credentials(of: owner.id))
        let kept = try await house.accounts.add(
            KeptPasskey(
                id: PasskeyID(UUID()), userID: owner.id,
                passkey: Passkey(
                    id: Data([1]), publicKey: Data([1]), signatureCount: 0, transports: [], isBackupEligible: false,
                    isBackedUp: false, model: UUID(), isDiscoverable: nil),
                name: PasskeyName("a"), createdAt: house.clock.now), by: owner)
        let key = SessionOpening.sample(
            of: owner.id, checked: user.hash, secondFactor: user.secondFactor, methods: [.hardwareKey],
            passkey: kept.id)
        #expect(try await house.accounts.open(key))
        let second = ActingOwner(id: owner.id, session: key.id, authenticatedAt: house.clock.now, requestID: "r")
        let code = TOTP(secret: secret).code(at: house.clock.now)
        #expect(try await stepUp(second, .code(code)).access.text.contains("/hwk+otp/"))
        try await house.passkeys.remove(kept.id, by: second)
        let left = try #require(try await house.accounts.grant(key.id)?.session.methods)
        #expect(left == [.oneTimeCode] && left.level == "1")
        // Nor may a password be shown, as the account asks for more.
        #expect(await refusal { _ = try await stepUp(second, password()) } == "user.second-factor-needed")
    }

    @Test func `wrong codes are counted with all others of whoever holds the tokens`() async throws {
        let (owner, secret, _) = try await accountWithAnApp()
        for _ in 0..<5 { #expect(await refusal { _ = try await stepUp(owner, .code("0")) } == "user.mfa-code-wrong") }
        for _ in 0..<5 {
            let removed = await refusal { try await house.secondFactor.remove("0", by: .sample(owner.id)) }
            #expect(removed == "user.mfa-code-wrong")
        }
        let right = TOTP(secret: secret).code(at: house.clock.now)
        #expect(await refusal { _ = try await stepUp(owner, .code(right)) } == "platform.rate-limited")
        house.clock.advance(by: .seconds(900))
        _ = try await stepUp(owner, .code(TOTP(secret: secret).code(at: house.clock.now)))
    }

    @Test func `without an app, without a session and while banned nothing is shown`() async throws {
        let user = try await house.signUp()
        let owner = house.owner(try await house.signedIn(user))
        #expect(await refusal { _ = try await stepUp(owner, .code("123456")) } == "user.mfa-not-on")
        let begun = try await house.secondFactor.begin(owner)
        let code = TOTP(secret: begun.secret).code(at: house.clock.now)
        #expect(await refusal { _ = try await stepUp(owner, .code(code)) } == "user.mfa-not-on", "it is not on yet")
        for session in [nil, SessionID(UUID()), try await house.owner(house.signUp()).session] {
            let other = ActingOwner(id: user.id, session: session, authenticatedAt: nil, requestID: "r")
            #expect(await refusal { _ = try await stepUp(other, password()) } == "platform.unauthenticated")
        }
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: user.id)
        #expect(await refusal { _ = try await stepUp(owner, password()) } == "user.banned")
    }
}
