import DomainKit
import Foundation
import PlatformTesting
import Testing
import UserTestKit
import WebAuthn

@testable import UserDomain

@Suite struct StepUpByPasskeyTests {
    let house = TestHouse()

    func options(_ value: some Encodable) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any])
    }

    func asserted(_ json: String) throws -> AssertedCredential {
        try JSONDecoder().decode(AssertedCredential.self, from: Data(json.utf8))
    }

    func refusal(_ body: () async throws -> Void) async -> Failure? {
        await #expect(throws: Failure.self) { try await body() }
    }

    func code(_ body: () async throws -> Void) async -> String? { await refusal(body)?.code }

    /// Somebody with a passkey, signed in by password an hour ago.
    func account() async throws -> (ActingOwner, TestAuthenticator, KeptPasskey) {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        var authenticator = TestAuthenticator(isSynced: false)
        let json = authenticator.create(try options(await house.passkeys.options(owner)))
        let created = try JSONDecoder().decode(CreatedCredential.self, from: Data(json.utf8))
        let kept = try await house.passkeys.add(created, name: nil, by: owner)
        house.clock.advance(by: .seconds(3_600))
        return (owner, authenticator, kept)
    }

    func stepUp(_ owner: ActingOwner, _ credential: String) async throws -> SteppedUp {
        try await house.stepUp(owner, by: .passkey(asserted(credential)))
    }

    @Test func `a passkey shown again makes a session fresh, and one of two factors`() async throws {
        let (owner, authenticator, kept) = try await account()
        #expect(await code { try await house.passkeys.remove(kept.id, by: owner) } == "user.step-up-required")
        let offered = try options(await house.stepUp.options(owner))
        let allowed = try #require(offered["allowCredentials"] as? [[String: Any]])
        #expect(allowed.count == 1 && allowed[0]["transports"] as? [String] == ["internal"])
        let stepped = try await stepUp(owner, authenticator.get(offered))
        #expect(stepped.access.text.contains("/hwk+pwd/") && stepped.session == owner.session)
        let session = try #require(try await house.accounts.grant(stepped.session)?.session)
        #expect(session.authenticatedAt == house.clock.now && session.methods.level == "2")
        let fresh = ActingOwner(
            id: owner.id, session: owner.session, authenticatedAt: house.clock.now, requestID: "r")
        try await house.passkeys.remove(kept.id, by: fresh)
        #expect(try await house.accounts.grant(stepped.session)?.session.methods == [.password])
    }

    @Test(arguments: TestAuthenticator.Change.allCases.filter { ![.algorithm, .depth].contains($0) })
    func `an answer that is wrong in anything shows nothing, and its challenge is used up`(
        change: TestAuthenticator.Change
    ) async throws {
        let (owner, authenticator, _) = try await account()
        let offered = try options(await house.stepUp.options(owner))
        let refused = await refusal { _ = try await stepUp(owner, authenticator.get(offered, changing: change)) }
        #expect(refused?.code == "user.passkey-refused" && refused?.kind == .forbidden)
        #expect(refused?.violations.map(\.pointer) == ["/credential"])
        #expect(refused?.context["reason"]?.isEmpty == false)
        let session = try await house.accounts.grant(try #require(owner.session))?.session
        #expect(session?.methods == [.password] && session?.authenticatedAt != house.clock.now)
        // What names another challenge, or is no client data, has not found this one.
        guard change != .challenge else { return }
        let again = await refusal { _ = try await stepUp(owner, authenticator.get(offered)) }
        #expect(again?.context["reason"] == "challenge")
    }

    @Test func `a challenge is good once, for five minutes, in its session, for nothing else`() async throws {
        let (owner, authenticator, _) = try await account()
        func reason(_ owner: ActingOwner, _ json: String) async -> String? {
            await refusal { _ = try await stepUp(owner, json) }?.context["reason"]
        }
        let used = authenticator.get(try options(await house.stepUp.options(owner)))
        _ = try await stepUp(owner, used)
        #expect(await reason(owner, used) == "challenge")
        let late = authenticator.get(try options(await house.stepUp.options(owner)))
        house.clock.advance(by: KeptPasskey.challengeLife)
        #expect(await reason(owner, late) == "challenge")
        let user = try #require(try await house.accounts.user(owner.id))
        let elsewhere = house.owner(try await house.signedIn(user))
        #expect(
            await reason(owner, authenticator.get(try options(await house.stepUp.options(elsewhere)))) == "challenge")
        let signIn = authenticator.get(try options(await house.passkeySignIn.options()))
        #expect(await reason(owner, signIn) == "challenge")
        let creation = authenticator.get(try options(await house.passkeys.options(elsewhere)))
        #expect(await reason(owner, creation) == "challenge")
    }

    @Test func `who has a token that is not fresh gets no challenge that makes a passkey or signs in`() async throws {
        let (owner, authenticator, _) = try await account()
        var thief = TestAuthenticator()
        let json = thief.create(try options(await house.stepUp.options(owner)))
        let created = try JSONDecoder().decode(CreatedCredential.self, from: Data(json.utf8))
        let refused = await refusal { _ = try await house.passkeys.add(created, name: nil, by: owner) }
        #expect(refused?.code == "user.passkey-refused" && refused?.context["reason"] == "challenge")
        let answer = try asserted(authenticator.get(options(await house.stepUp.options(owner))))
        let signIn = await refusal { _ = try await house.passkeySignIn(answer, device: Device()) }
        #expect(signIn?.context["reason"] == "challenge")
    }

    @Test func `another account's passkey shows nothing`() async throws {
        let (owner, _, _) = try await account()
        let (_, other, _) = try await account()
        let answer = other.get(try options(await house.stepUp.options(owner)))
        #expect(await refusal { _ = try await stepUp(owner, answer) }?.context["reason"] == "unknown")
        let unknown = TestAuthenticator().get(try options(await house.stepUp.options(owner)))
        #expect(await refusal { _ = try await stepUp(owner, unknown) }?.context["reason"] == "unknown")
    }

    @Test func `a count that does not go up shows nothing`() async throws {
        var (owner, authenticator, _) = try await account()
        authenticator.counter = 5
        _ = try await stepUp(owner, authenticator.get(options(await house.stepUp.options(owner))))
        for count: UInt32 in [5, 4, 0] {
            authenticator.counter = count
            let answer = authenticator.get(try options(await house.stepUp.options(owner)))
            #expect(await refusal { _ = try await stepUp(owner, answer) }?.context["reason"] == "counterWentBack")
        }
    }

    @Test func `without a passkey, a site, a session and while banned there are no options`() async throws {
        let (owner, authenticator, _) = try await account()
        let nobody = house.owner(try await house.signedIn(house.signUp()))
        #expect(await code { _ = try await house.stepUp.options(nobody) } == "user.no-passkeys")
        let nowhere = house.steppingUp(site: nil)
        #expect(await code { _ = try await nowhere.options(owner) } == "user.passkeys-unavailable")
        let answer = try asserted(authenticator.get(options(await house.stepUp.options(owner))))
        let there = await code { _ = try await nowhere(owner, by: .passkey(answer)) }
        #expect(there == "user.passkeys-unavailable")
        for session in [nil, SessionID(UUID()), nobody.session] {
            let other = ActingOwner(id: owner.id, session: session, authenticatedAt: nil, requestID: "r")
            #expect(await code { _ = try await house.stepUp.options(other) } == "platform.unauthenticated")
        }
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: owner.id)
        #expect(await code { _ = try await house.stepUp.options(owner) } == "user.banned")
    }
}
