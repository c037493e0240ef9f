import DomainKit
import Foundation
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

/// Signing up and in where the address must be verified.
@Suite struct QuietSignUpTests {
    let house = TestHouse()
    var signUp: SignUp<InMemoryAccounts, QuickHasher> {
        SignUp(
            users: house.accounts, hasher: house.hasher, ids: SystemIDSource(), clock: house.clock,
            mail: SignUpMail(proofs: house.accounts, tokens: ToyMailTokens()))
    }
    var verify: VerifyEmail { VerifyEmail(proofs: house.accounts, tokens: ToyMailTokens(), ids: SystemIDSource()) }

    func signIn(_ password: String = TestHouse.password) async throws -> IssuedTokens {
        try await SignIn(
            users: house.accounts, sessions: house.accounts, hasher: house.hasher, tokens: PlainTokens(),
            factors: house.accounts,
            budgets: house.budgets, secrets: ToySecrets(), rules: SessionRules(), ids: SystemIDSource(),
            clock: house.clock, requiresVerifiedEmail: true
        )(email: "hanako@example.com", password: ClaimedPassword(password), device: Device())
    }

    func quietly(_ password: String = TestHouse.password) async throws {
        try await signUp.quietly(
            email: "hanako@example.com", password: password, displayName: "花子", language: .japanese)
    }

    @Test func `a known address hashes as much, gets another mail, and keeps its password`() async throws {
        try await quietly()
        try await quietly("an0ther&one")
        #expect(house.accounts.mails.map(\.kind) == [.verifyEmail, .accountExists])
        #expect(house.accounts.mails.map(\.language) == [.japanese, .japanese])
        let failure = await #expect(throws: Failure.self) { try await signIn("an0ther&one") }
        #expect(failure?.code == "user.credentials-wrong")
        house.hasher.setFull(true)
        let full = await #expect(throws: Failure.self) { try await quietly("an0ther&one") }
        #expect(full?.kind == .unavailable, "it hashes for a known address too")
    }

    @Test func `who knows the password is told to verify the address, and nobody else`() async throws {
        try await quietly()
        let wrong = await #expect(throws: Failure.self) { try await signIn("wr0ng&one") }
        #expect(wrong?.code == "user.credentials-wrong")
        let early = await #expect(throws: Failure.self) { try await signIn() }
        #expect(early?.code == "user.email-not-verified" && early?.kind == .forbidden)
        try await verify.confirm(#require(house.accounts.mails.last?.token?.text), requestID: nil)
        _ = try await signIn()
    }

    @Test func `a new mail voids the token of the former one`() async throws {
        try await quietly()
        let first = try #require(house.accounts.mails.last?.token?.text)
        house.clock.advance(by: .seconds(61))
        try await verify.ask(for: "HANAKO@example.com")
        let second = try #require(house.accounts.mails.last?.token?.text)
        let failure = await #expect(throws: Failure.self) { try await verify.confirm(first, requestID: nil) }
        #expect(failure?.code == "user.mail-token-invalid")
        try await verify.confirm(second, requestID: nil)
    }

    @Test func `an account that the operator opens is verified, and gets no mail`() async throws {
        let user = try await signUp(
            email: "root@example.com", password: TestHouse.password, displayName: "root", by: .operator)
        #expect(user.isEmailVerified && house.accounts.mails.isEmpty)
    }

    @Test func `a new password that is refused leaves its token good`() async throws {
        try await quietly()
        let reset = ResetPassword(
            proofs: house.accounts, tokens: ToyMailTokens(), hasher: house.hasher, ids: SystemIDSource())
        try await reset.ask(for: "hanako@example.com")
        let token = try #require(house.accounts.mails.last?.token?.text)
        for password in ["short", "hanako@example.com"] {
            let failure = await #expect(throws: Failure.self) {
                try await reset.confirm(token, newPassword: password, requestID: nil)
            }
            #expect(failure?.violations.map(\.pointer) == ["/new_password"])
        }
        try await reset.confirm(token, newPassword: "an0ther&one", requestID: nil)
        _ = try await signIn("an0ther&one")
        let again = await #expect(throws: Failure.self) {
            try await reset.confirm(token, newPassword: "a-th1rd&one", requestID: nil)
        }
        #expect(again?.code == "user.mail-token-invalid")
    }

    @Test(arguments: [
        "", "hmt_", "hdt_" + String(repeating: "A", count: 43), "hmt_" + String(repeating: "!", count: 43),
    ])
    func `what is no token is refused like one that is too old`(text: String) async throws {
        let failure = await #expect(throws: Failure.self) { try await verify.confirm(text, requestID: nil) }
        #expect(failure?.code == "user.mail-token-invalid")
    }
}
