import DomainKit
import Foundation
import PlatformTesting
import Testing
import UserTestKit
import WebAuthn

@testable import UserDomain

@Suite struct PasskeyTests {
    let house = TestHouse()

    func options(_ value: some Encodable) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any])
    }

    func created(_ json: String) throws -> CreatedCredential {
        try JSONDecoder().decode(CreatedCredential.self, from: Data(json.utf8))
    }

    func asserted(_ json: String) throws -> AssertedCredential {
        try JSONDecoder().decode(AssertedCredential.self, from: Data(json.utf8))
    }

    func refusal(_ body: () async throws -> Void) async -> Failure? {
        await #expect(throws: Failure.self) { try await body() }
    }

    func code(_ body: () async throws -> Void) async -> String? { await refusal(body)?.code }

    func reason(_ body: () async throws -> Void) async -> String? { await refusal(body)?.context["reason"] }

    /// Somebody with a passkey, signed in by password.
    func account(
        _ made: TestAuthenticator = TestAuthenticator()
    ) async throws -> (ActingOwner, TestAuthenticator, KeptPasskey) {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        var authenticator = made
        let json = authenticator.create(try options(await house.passkeys.options(owner)))
        return (owner, authenticator, try await house.passkeys.add(created(json), name: "鍵", by: owner))
    }

    func signIn(
        _ authenticator: TestAuthenticator, changing change: TestAuthenticator.Change? = nil
    ) async throws -> IssuedTokens {
        let json = authenticator.get(try options(await house.passkeySignIn.options()), changing: change)
        return try await house.passkeySignIn(asserted(json), device: Device())
    }

    @Test(arguments: [true, false])
    func `a passkey opens a session of two factors, and says whether it is synced`(isSynced: Bool) async throws {
        let (owner, authenticator, kept) = try await account(TestAuthenticator(isSynced: isSynced))
        #expect(kept.name.description == "鍵" && kept.passkey.isBackupEligible == isSynced)
        let tokens = try await signIn(authenticator)
        #expect(tokens.user == owner.id)
        #expect(tokens.access.text.contains(isSynced ? "/swk/" : "/hwk/"))
        let session = try #require(try await house.accounts.grant(tokens.session)?.session)
        #expect(session.methods == [isSynced ? .softwareKey : .hardwareKey] && session.methods.level == "2")
        #expect(try await house.refresh(tokens.refresh).access.text.contains(isSynced ? "/swk/" : "/hwk/"))
    }

    static let creationChanges = TestAuthenticator.Change.allCases.filter {
        ![.signature, .handle, .otherKey].contains($0)
    }

    @Test(arguments: creationChanges)
    func `a new passkey that is wrong in anything is refused, and its challenge is used up`(
        change: TestAuthenticator.Change
    ) async throws {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        var authenticator = TestAuthenticator()
        let offered = try options(await house.passkeys.options(owner))
        let wrong = try created(authenticator.create(offered, changing: change))
        let refused = await refusal { _ = try await house.passkeys.add(wrong, name: nil, by: owner) }
        #expect(refused?.code == "user.passkey-refused" && refused?.kind == .unprocessable)
        #expect(refused?.context["reason"]?.isEmpty == false && refused?.violations.map(\.pointer) == ["/credential"])
        let right = try created(authenticator.create(offered))
        if change == .challenge {
            // One that names another challenge has not found this one.
            _ = try await house.passkeys.add(right, name: nil, by: owner)
        } else {
            let again = await refusal { _ = try await house.passkeys.add(right, name: nil, by: owner) }
            #expect(again?.code == "user.passkey-refused")
        }
    }

    static let useChanges = TestAuthenticator.Change.allCases.filter { ![.algorithm, .depth].contains($0) }

    @Test(arguments: useChanges)
    func `a sign-in that is wrong in anything is refused as an unknown passkey is`(
        change: TestAuthenticator.Change
    ) async throws {
        let (owner, authenticator, _) = try await account()
        let before = try await house.accounts.sessions(of: owner.id, page: PageRequest()).items.count
        let refused = await refusal { _ = try await signIn(authenticator, changing: change) }
        let unknown = await refusal { _ = try await signIn(TestAuthenticator()) }
        #expect(refused?.code == "user.passkey-refused" && refused?.kind == .unauthenticated)
        #expect(refused?.message == unknown?.message && refused?.code == unknown?.code)
        #expect(refused?.violations.isEmpty == true)
        #expect(try await house.accounts.sessions(of: owner.id, page: PageRequest()).items.count == before)
        _ = try await signIn(authenticator)
    }

    @Test func `an answer is good once, for five minutes, for what it was asked for`() async throws {
        let (owner, authenticator, _) = try await account()
        let answer = try asserted(authenticator.get(options(await house.passkeySignIn.options())))
        _ = try await house.passkeySignIn(answer, device: Device())
        #expect(await reason { _ = try await house.passkeySignIn(answer, device: Device()) } == "challenge")
        let late = try asserted(authenticator.get(options(await house.passkeySignIn.options())))
        house.clock.advance(by: KeptPasskey.challengeLife)
        #expect(await reason { _ = try await house.passkeySignIn(late, device: Device()) } == "challenge")
        // Given out for a new passkey, answered for a sign-in.
        let other = try asserted(authenticator.get(options(await house.passkeys.options(owner))))
        #expect(await reason { _ = try await house.passkeySignIn(other, device: Device()) } == "challenge")
    }

    @Test func `another account's challenge makes no passkey`() async throws {
        let owners = [
            house.owner(try await house.signedIn(house.signUp())),
            house.owner(try await house.signedIn(house.signUp())),
        ]
        var authenticator = TestAuthenticator()
        let credential = try created(authenticator.create(options(await house.passkeys.options(owners[0]))))
        let refused = await refusal { _ = try await house.passkeys.add(credential, name: nil, by: owners[1]) }
        #expect(refused?.context["reason"] == "challenge")
        let kept = try await house.passkeys.add(credential, name: nil, by: owners[0])
        #expect(kept.name.description == "Passkey")
        var copy = authenticator
        let stolen = try created(copy.create(options(await house.passkeys.options(owners[1]))))
        #expect(
            await code { _ = try await house.passkeys.add(stolen, name: nil, by: owners[1]) } == "user.passkey-taken")
    }

    @Test func `a count that does not go up opens nothing`() async throws {
        var (_, authenticator, _) = try await account(TestAuthenticator(isSynced: false))
        authenticator.counter = 5
        _ = try await signIn(authenticator)
        for count: UInt32 in [5, 4, 0] {
            authenticator.counter = count
            #expect(await reason { _ = try await signIn(authenticator) } == "counterWentBack")
        }
        authenticator.counter = .max
        _ = try await signIn(authenticator)
    }

    @Test func `passkeys are added and taken away by whoever showed who they are a short while ago`() async throws {
        let (owner, _, kept) = try await account()
        house.clock.advance(by: .seconds(600))
        #expect(await code { _ = try await house.passkeys.options(owner) } == "user.step-up-required")
        #expect(await code { try await house.passkeys.remove(kept.id, by: owner) } == "user.step-up-required")
        _ = try await house.stepUp(owner, by: .password(ClaimedPassword(TestHouse.password)))
        let now = ActingOwner(
            id: owner.id, session: owner.session, authenticatedAt: house.clock.now, requestID: "r")
        _ = try await house.passkeys.options(now)
        #expect(await code { try await house.passkeys.remove(PasskeyID(UUID()), by: now) } == "user.passkey-not-found")
        try await house.passkeys.remove(kept.id, by: now)
        #expect(try await house.passkeys.list(of: owner.id, page: PageRequest()).items.isEmpty)
    }

    @Test func `a password alone adds no factor beside the passkey of a role that counts with two`() async throws {
        let (owner, authenticator, kept) = try await account()
        let rules = StepUpRules(rolesOfTwoFactors: [.admin])
        let user = try #require(try await house.accounts.credentials(of: owner.id))
        _ = try await house.accounts.appointAdmin(user, newHash: nil, at: house.clock.now)
        let passkeys = house.managingPasskeys(rules)
        #expect(await code { _ = try await passkeys.options(owner) } == "user.second-factor-required")
        #expect(await code { try await passkeys.remove(kept.id, by: owner) } == "user.second-factor-required")
        #expect(await code { _ = try await house.managingFactor(rules).begin(owner) } == "user.second-factor-required")
        let moved = await code {
            try await house.changingEmail(rules).ask(
                owner, to: "hanako@example.net", password: ClaimedPassword(TestHouse.password))
        }
        #expect(moved == "user.second-factor-required", "nor does it move an address")
        let signedIn = house.owner(try await signIn(authenticator))
        _ = try await passkeys.options(signedIn)
        _ = try await house.managingFactor(rules).begin(signedIn)
        try await passkeys.remove(kept.id, by: signedIn)
        _ = try await passkeys.options(signedIn)
    }

    @Test func `an account has so many passkeys at most, and is told so before it makes one more`() async throws {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        for _ in 0..<KeptPasskey.mostPerUser {
            var authenticator = TestAuthenticator()
            let credential = try created(authenticator.create(options(await house.passkeys.options(owner))))
            _ = try await house.passkeys.add(credential, name: nil, by: owner)
        }
        #expect(await code { _ = try await house.passkeys.options(owner) } == "user.too-many-passkeys")
    }

    @Test func `with the last passkey and the app gone the password opens the account`() async throws {
        let (owner, _, kept) = try await account()
        try await house.passkeys.remove(kept.id, by: owner)
        let user = try #require(try await house.accounts.user(owner.id))
        #expect(try await house.signedIn(user).user == owner.id)
    }

    @Test func `who is banned, or not verified where one must be, is told so with a passkey that holds`() async throws {
        let (owner, authenticator, _) = try await account()
        let strict = house.signingInWithPasskey(requiresVerifiedEmail: true)
        let answer = try asserted(authenticator.get(options(await strict.options())))
        #expect(await code { _ = try await strict(answer, device: Device()) } == "user.email-not-verified")
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: owner.id)
        #expect(await code { _ = try await signIn(authenticator) } == "user.banned")
        #expect(await code { _ = try await signIn(authenticator, changing: .signature) } == "user.passkey-refused")
    }

    @Test func `at an address there are none, and that is said`() async throws {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        let nowhere = house.managingPasskeys(site: nil)
        var authenticator = TestAuthenticator()
        let credential = try created(authenticator.create([:]))
        for refused in [
            await refusal { _ = try await nowhere.options(owner) },
            await refusal { _ = try await nowhere.add(credential, name: nil, by: owner) },
            await refusal { _ = try await house.signingInWithPasskey(site: nil).options() },
        ] {
            #expect(refused?.code == "user.passkeys-unavailable" && refused?.kind == .conflict)
        }
        #expect(try await nowhere.list(of: owner.id, page: PageRequest()).items.isEmpty)
    }

    @Test(arguments: ["", " ", "a\nb", String(repeating: "a", count: 81), "\u{202E}"])
    func `a name is under the rule of names, and costs no challenge`(name: String) async throws {
        let owner = house.owner(try await house.signedIn(house.signUp()))
        var authenticator = TestAuthenticator()
        let credential = try created(authenticator.create(options(await house.passkeys.options(owner))))
        let refused = await refusal { _ = try await house.passkeys.add(credential, name: name, by: owner) }
        #expect(refused?.violations.map(\.pointer) == ["/name"])
        _ = try await house.passkeys.add(credential, name: "a", by: owner)
    }
}
