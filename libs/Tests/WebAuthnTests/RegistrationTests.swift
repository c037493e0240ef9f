import Encodings
import Foundation
import Testing
import WebAuthn

@Suite struct RegistrationTests {
    let party: RelyingParty
    let challenge = PasskeyChallenge()

    init() throws {
        party = try RelyingParty(url: "https://example.com/console", name: "Example")
    }

    func register(_ answer: Answer) throws -> Passkey { try party.register(answer.created(), challenge: challenge) }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a passkey is registered with all that is to be kept`(algorithm: SignatureAlgorithm) throws {
        var device = SoftAuthenticator(algorithm)
        device.counter = 7
        let passkey = try register(device.creation(challenge))
        #expect(passkey.id == device.id)
        #expect(passkey.algorithm == algorithm)
        #expect(passkey.publicKey == CBORWriter.encode(device.key.cose))
        #expect(passkey.signatureCount == 7)
        #expect(passkey.transports == ["internal", "hybrid"])
        #expect(passkey.isBackupEligible && passkey.isBackedUp)
        #expect(passkey.model == device.model)
        #expect(passkey.isDiscoverable == true)
    }

    @Test func `a key bound to its device says so`() throws {
        var device = SoftAuthenticator()
        device.flags = [.userPresent, .userVerified]
        let passkey = try register(device.creation(challenge))
        #expect(!passkey.isBackupEligible && !passkey.isBackedUp)
        device.flags.insert(.backupEligible)
        #expect(try register(device.creation(challenge)).isBackedUp == false)
    }

    typealias Misdeed = (String, CeremonyFailure, @Sendable (inout SoftAuthenticator) -> Void)

    static let told: [Misdeed] = [
        ("another site's page", .wrongOrigin, { $0.origin = "https://example.com.evil.net" }),
        ("plain HTTP", .wrongOrigin, { $0.origin = "http://example.com" }),
        ("another port", .wrongOrigin, { $0.origin = "https://example.com:8443" }),
        ("a page below", .wrongOrigin, { $0.origin = "https://a.example.com" }),
        ("capitals", .wrongOrigin, { $0.origin = "https://EXAMPLE.com" }),
        ("no origin", .wrongOrigin, { $0.origin = "" }),
        ("inside of another page", .embedded, { $0.more = #","crossOrigin":true"# }),
        ("inside of a page that is named", .embedded, { $0.more = #","topOrigin":"https://example.com""# }),
        ("another relying party", .wrongRelyingParty, { $0.party = "evil.net" }),
        ("nobody there", .userNotPresent, { $0.flags.remove(.userPresent) }),
        ("nobody known", .userNotVerified, { $0.flags.remove(.userVerified) }),
        ("backed up and not eligible", .wrongBackupFlags, { $0.flags.remove(.backupEligible) }),
        ("no id", .malformedAuthenticatorData, { $0.id = Data() }),
        ("an id of 1,024 bytes", .malformedAuthenticatorData, { $0.id = Data(count: 1_024) }),
        ("extensions that are no map", .malformedAuthenticatorData, { $0.extensions = .array([]) }),
    ]

    @Test(arguments: told.indices)
    func `an authenticator or page that does something wrong is refused for that`(index: Int) throws {
        let (what, failure, change) = Self.told[index]
        var device = SoftAuthenticator()
        _ = try register(device.creation(challenge))
        change(&device)
        #expect(throws: failure, "\(what)") { try register(device.creation(challenge)) }
    }

    static let changed: [(String, CeremonyFailure, @Sendable (inout Answer) -> Void)] = [
        ("id", .differentIDs, { $0.textID = "AAAA" }),
        ("padded id", .differentIDs, { $0.textID = Base64URL.encode($0.id) + "=" }),
        ("both ids", .differentIDs, { $0.id = Data(count: 32) }),
        ("algorithm", .differentCopies, { $0.publicKeyAlgorithm = -8 }),
        ("public key", .differentCopies, { $0.publicKey?[40] ^= 1 }),
        ("authenticator data", .differentCopies, { $0.authenticatorData?[34] ^= 1 }),
        ("client data", .malformedClientData, { $0.clientDataJSON = Data() }),
        ("attestation object", .malformedAttestation, { $0.attestationObject = Data() }),
    ]

    @Test(arguments: changed.indices)
    func `a member that was changed on the way is refused for that`(index: Int) throws {
        let (what, failure, change) = Self.changed[index]
        var answer = SoftAuthenticator().creation(challenge)
        change(&answer)
        #expect(throws: failure, "\(what)") { try register(answer) }
    }

    @Test func `the challenge and the ceremony must be the ones that were asked for`() throws {
        let device = SoftAuthenticator()
        #expect(throws: CeremonyFailure.wrongChallenge) { try register(device.creation(PasskeyChallenge())) }
        var answer = device.creation(challenge)
        answer.clientDataJSON = device.clientData("webauthn.get", challenge)
        #expect(throws: CeremonyFailure.wrongType) { try register(answer) }
        #expect(try answer.created().claimedChallenge == challenge)
    }

    @Test func `every bit of what the authenticator says counts`() throws {
        let answer = SoftAuthenticator().creation(challenge)
        let object = try #require(answer.attestationObject)
        for bit in 0..<object.count * 8 {
            var other = answer
            other.attestationObject?[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CeremonyFailure.self) { try register(other) }
        }
        for length in 0..<object.count {
            var other = answer
            other.attestationObject = object.prefix(length)
            #expect(throws: CeremonyFailure.malformedAttestation) { try register(other) }
        }
    }

    @Test func `browsers of level 2 send no copies, and are believed without`() throws {
        var answer = SoftAuthenticator().creation(challenge)
        (answer.authenticatorData, answer.publicKey, answer.publicKeyAlgorithm) = (nil, nil, nil)
        _ = try register(answer)
    }

    @Test func `where no verification is asked for, a touch is enough`() throws {
        let party = try RelyingParty(url: "https://example.com", name: "Example", userVerification: .preferred)
        var device = SoftAuthenticator()
        device.flags = [.userPresent]
        _ = try party.register(device.creation(challenge).created(), challenge: challenge)
    }

    @Test func `an algorithm that was not asked for is refused`() throws {
        let party = try RelyingParty(
            id: "example.com", name: "Example", origins: ["https://example.com"], algorithms: [.es256])
        let answer = try SoftAuthenticator(.eddsa).creation(challenge).created()
        #expect(throws: CeremonyFailure.unsupportedKey) { try party.register(answer, challenge: challenge) }
    }
}
