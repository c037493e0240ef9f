import Foundation
import PlatformTesting
import Testing
import WebAuthn

@Suite struct AttestationTests {
    let party: RelyingParty
    let challenge = PasskeyChallenge()

    init() throws {
        party = try RelyingParty(url: "https://example.com", name: "Example")
    }

    /// Registers with an attestation object as it is given, without copies that would give it away.
    func register(_ object: Data, of device: SoftAuthenticator) throws -> Passkey {
        var answer = device.creation(challenge)
        answer.attestationObject = object
        (answer.authenticatorData, answer.publicKey, answer.publicKeyAlgorithm) = (nil, nil, nil)
        return try party.register(answer.created(), challenge: challenge)
    }

    @Test func `a statement of another format is passed over, whatever it says`() throws {
        let device = SoftAuthenticator()
        let data = device.authenticatorData(attested: true)
        let statement = CBORWriter.map((.text("alg"), .integer(-7)), (.text("sig"), .bytes(Data([1, 2, 3]))))
        let object = SoftAuthenticator.attestation(data, format: "packed", statement: statement)
        #expect(try register(object, of: device).id == device.id)
        #expect(throws: CeremonyFailure.malformedAttestation) {
            try register(SoftAuthenticator.attestation(data, statement: statement), of: device)
        }
        #expect(throws: CeremonyFailure.malformedAttestation) {
            try register(SoftAuthenticator.attestation(data, format: "packed"), of: device)
        }
    }

    @Test func `an object of another form is refused`() throws {
        let device = SoftAuthenticator()
        let data = CBORItem.bytes(device.authenticatorData(attested: true))
        let (fmt, none, empty) = (CBORItem.text("fmt"), CBORItem.text("none"), CBORItem.map([]))
        let (statement, authData) = (CBORItem.text("attStmt"), CBORItem.text("authData"))
        for object in [
            CBORWriter.map((fmt, none), (statement, empty)), CBORWriter.map((fmt, none), (authData, data)),
            CBORWriter.map((statement, empty), (authData, data)),
            CBORWriter.map((statement, empty), (fmt, none), (authData, data)),
            CBORWriter.map((fmt, none), (.text("more"), empty), (statement, empty), (authData, data)),
            CBORWriter.map((fmt, .null), (statement, empty), (authData, data)),
            CBORWriter.map((fmt, none), (statement, .array([])), (authData, data)),
            CBORWriter.map((fmt, none), (statement, empty), (authData, .text("data"))),
            CBORWriter.map((fmt, .text(String(repeating: "n", count: 33))), (statement, empty), (authData, data)),
            .array([]), .null, data,
        ] {
            #expect(throws: CeremonyFailure.malformedAttestation) {
                try register(CBORWriter.encode(object), of: device)
            }
        }
        _ = try register(
            CBORWriter.encode(CBORWriter.map((fmt, none), (statement, empty), (authData, data))), of: device)
    }

    @Test func `ten thousand levels of CBOR are refused wherever they stand`() throws {
        var device = SoftAuthenticator()
        let deep = Data(repeating: 0x81, count: 10_000) + [0x80]
        #expect(throws: CeremonyFailure.malformedAttestation) { try register(deep, of: device) }
        let data = device.authenticatorData(attested: true)
        var statement = Data([0xa3, 0x63]) + Data("fmt".utf8) + [0x66] + Data("packed".utf8)
        statement += [0x67] + Data("attStmt".utf8) + Data(repeating: 0xa1, count: 10_000)
        #expect(throws: CeremonyFailure.malformedAttestation) { try register(statement, of: device) }
        device.flags.insert(.extended)
        #expect(throws: CeremonyFailure.malformedAuthenticatorData) {
            try register(SoftAuthenticator.attestation(device.authenticatorData(attested: true) + deep), of: device)
        }
        let noKey = data.dropLast(CBORWriter.encode(device.key.cose).count)
        #expect(throws: CeremonyFailure.malformedAuthenticatorData) {
            try register(SoftAuthenticator.attestation(noKey + deep), of: device)
        }
    }

    @Test func `authenticator data is as long as its flags say`() throws {
        let device = SoftAuthenticator()
        let data = device.authenticatorData(attested: true)
        for length in 0..<data.count {
            #expect(throws: CeremonyFailure.malformedAuthenticatorData) {
                try register(SoftAuthenticator.attestation(data.prefix(length)), of: device)
            }
        }
        for wrong in [data + [0], data + [0xa0], device.authenticatorData(attested: false)] {
            #expect(throws: CeremonyFailure.malformedAuthenticatorData) {
                try register(SoftAuthenticator.attestation(wrong), of: device)
            }
        }
        var extended = device
        extended.extensions = CBORWriter.map((.text("credProtect"), .integer(2)))
        _ = try register(SoftAuthenticator.attestation(extended.authenticatorData(attested: true)), of: extended)
    }

    @Test func `random bytes are refused by every reader, and none ends the process`() throws {
        var random = SplitMix64(seed: 3)
        let device = SoftAuthenticator()
        let whole = device.authenticatorData(attested: true)
        for round in 0..<10_000 {
            var bytes = Data(
                (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
            let read = [
                (try? AttestationObject(bytes)) != nil, (try? COSEKey(bytes)) != nil, (try? ClientData(bytes)) != nil,
            ]
            #expect(read == [false, false, false])
            // A true beginning takes chance further in.
            bytes = whole.prefix(Int.random(in: 32...whole.count, using: &random)) + bytes
            _ = try? AuthenticatorData(bytes)
            if round % 20 == 0 { _ = try? register(SoftAuthenticator.attestation(bytes), of: device) }
        }
        #expect(try register(SoftAuthenticator.attestation(whole), of: device).id == device.id)
    }
}
