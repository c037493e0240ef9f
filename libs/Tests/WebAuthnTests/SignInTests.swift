import Encodings
import Foundation
import PlatformTesting
import Testing
import WebAuthn

@Suite struct SignInTests {
    let party: RelyingParty
    let challenge = PasskeyChallenge()

    init() throws {
        party = try RelyingParty(url: "https://example.com", name: "Example")
    }

    func passkey(_ device: SoftAuthenticator) throws -> Passkey {
        try party.register(device.creation(challenge).created(), challenge: challenge)
    }

    func verify(_ answer: Answer, by passkey: Passkey, isUserKnown: Bool = false) throws -> PasskeyUse {
        try party.verify(
            answer.asserted(), challenge: challenge, by: passkey, of: Data("ann".utf8), isUserKnown: isUserKnown)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a passkey signs in, and what changed is said`(algorithm: SignatureAlgorithm) throws {
        var device = SoftAuthenticator(algorithm)
        let passkey = try passkey(device)
        device.flags.remove(.backedUp)
        device.counter = 3
        let answer = try device.assertion(challenge)
        #expect(try answer.asserted().rawID == device.id)
        #expect(try answer.asserted().claimedChallenge == challenge)
        #expect(try answer.asserted().userHandle == Data("ann".utf8))
        let use = try verify(answer, by: passkey)
        #expect(use.signatureCount == 3)
        #expect(!use.isBackedUp && use.isUserVerified)
    }

    static let own: [RegistrationTests.Misdeed] = [
        ("another id", .otherPasskey, { $0.id = Data(count: 32) }),
        ("another account", .wrongUser, { $0.handle = Data("bob".utf8) }),
        ("no account", .wrongUser, { $0.handle = Data() }),
        ("another key", .wrongSignature, { $0.key = SoftAuthenticator().key }),
        ("a key of another kind", .wrongSignature, { $0.key = SoftAuthenticator(.eddsa).key }),
        ("not eligible any more", .wrongBackupFlags, { $0.flags = [.userPresent, .userVerified] }),
    ]
    /// The same as at a registration, where no id is new.
    static let told = RegistrationTests.told.filter { !$0.0.contains(" id") } + own

    @Test(arguments: told.indices)
    func `an authenticator or page that does something wrong is refused for that`(index: Int) throws {
        let (what, failure, change) = Self.told[index]
        var device = SoftAuthenticator()
        let passkey = try passkey(device)
        _ = try verify(device.assertion(challenge), by: passkey)
        change(&device)
        #expect(throws: failure, "\(what)") { try verify(device.assertion(challenge), by: passkey) }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `no bit of what was signed or of the signature can be changed`(algorithm: SignatureAlgorithm) throws {
        let device = SoftAuthenticator(algorithm)
        let passkey = try passkey(device)
        let answer = try device.assertion(challenge)
        _ = try verify(answer, by: passkey)
        func refusesEveryBit(of member: WritableKeyPath<Answer, Data?>) throws {
            let bytes = try #require(answer[keyPath: member])
            for bit in 0..<bytes.count * 8 {
                var other = answer
                other[keyPath: member]?[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: CeremonyFailure.self) { try verify(other, by: passkey) }
            }
            for wrong in [Data(), bytes.dropLast(), bytes + [0], Data([0]) + bytes] {
                var other = answer
                other[keyPath: member] = wrong
                #expect(throws: CeremonyFailure.self) { try verify(other, by: passkey) }
            }
        }
        try refusesEveryBit(of: \.authenticatorData)
        try refusesEveryBit(of: \.signature)
        for bit in 0..<answer.clientDataJSON.count * 8 {
            var other = answer
            other.clientDataJSON[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CeremonyFailure.self) { try verify(other, by: passkey) }
        }
    }

    @Test func `the signature is over this answer and no other`() throws {
        let device = SoftAuthenticator()
        let passkey = try passkey(device)
        var answer = try device.assertion(challenge)
        answer.signature = try device.assertion(PasskeyChallenge()).signature
        #expect(throws: CeremonyFailure.wrongSignature) { try verify(answer, by: passkey) }
        #expect(throws: CeremonyFailure.wrongChallenge) {
            try verify(device.assertion(PasskeyChallenge()), by: passkey)
        }
        var creation = try device.assertion(challenge)
        creation.clientDataJSON = device.clientData("webauthn.create", challenge)
        #expect(throws: CeremonyFailure.wrongType) { try verify(creation, by: passkey) }
        #expect(throws: CeremonyFailure.malformedAuthenticatorData) {
            try verify(device.assertion(challenge, attested: true), by: passkey)
        }
    }

    @Test func `a counter goes up, or is 0 for good`() throws {
        var device = SoftAuthenticator()
        var passkey = try passkey(device)
        for (kept, said, isRight) in [
            (0, 0, true), (0, 1, true), (5, 6, true), (5, .max, true), (5, 5, false), (5, 4, false), (5, 0, false),
            (.max, .max, false), (.max, 0, false),
        ] as [(UInt32, UInt32, Bool)] {
            passkey.signatureCount = kept
            device.counter = said
            let answer = try device.assertion(challenge)
            if isRight {
                #expect(try verify(answer, by: passkey).signatureCount == said)
            } else {
                #expect(throws: CeremonyFailure.counterWentBack) { try verify(answer, by: passkey) }
            }
        }
    }

    @Test func `who was not known before must be named by the passkey`() throws {
        let device = SoftAuthenticator()
        let passkey = try passkey(device)
        var answer = try device.assertion(challenge)
        answer.userHandle = nil
        #expect(throws: CeremonyFailure.wrongUser) { try verify(answer, by: passkey) }
        _ = try verify(answer, by: passkey, isUserKnown: true)
        answer.userHandle = Data("bob".utf8)
        #expect(throws: CeremonyFailure.wrongUser) { try verify(answer, by: passkey, isUserKnown: true) }
        answer.userHandle = Data("ann".utf8)
        answer.textID = "AAAA"
        #expect(throws: CeremonyFailure.differentIDs) { try verify(answer, by: passkey) }
    }

    @Test func `a stored key that is none is found out, and ends nothing`() throws {
        let device = SoftAuthenticator()
        let answer = try device.assertion(challenge)
        for bytes in [Data(), Data([0xa0]), Data(repeating: 0x81, count: 10_000)] {
            let stored = Passkey(
                id: device.id, publicKey: bytes, signatureCount: 0, transports: [], isBackupEligible: true,
                isBackedUp: true, model: device.model, isDiscoverable: nil)
            #expect(stored.algorithm == nil)
            #expect(throws: CeremonyFailure.unsupportedKey) { try verify(answer, by: stored) }
        }
    }
}
