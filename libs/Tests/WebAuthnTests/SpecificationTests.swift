import Encodings
import Foundation
import Testing
import WebAuthn

/// The test vectors of WebAuthn level 3 §16, from the file beside this one.
@Suite struct SpecificationTests {
    struct Vectors: Decodable {
        let vectors: [Vector]
    }

    struct Vector: Decodable {
        let name: String
        let registration: [String: String]
        let authentication: [String: String]
    }

    /// Of algorithms that nobody asks for here.
    static let unsupported: Set = ["packed-es384", "packed-es512", "packed-rs256", "packed-ed448"]
    /// Of pages inside of others.
    static let embedded: Set = ["none-es256-crossOrigin", "none-es256-topOrigin"]

    static func vectors() throws -> [Vector] {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let bytes = try Data(contentsOf: here.appending(path: "level3-vectors.json"))
        return try JSONDecoder().decode(Vectors.self, from: bytes).vectors
    }

    func bytes(_ part: [String: String], _ name: String) throws -> Data {
        let hex = try #require(part[name])
        return Data(hex: hex)
    }

    func challenge(_ part: [String: String]) throws -> PasskeyChallenge {
        let bytes = try bytes(part, "challenge")
        return try #require(PasskeyChallenge(bytes: bytes))
    }

    @Test func `all ceremonies of the specification end as they must`() throws {
        // Some of them come without verification.
        let party = try RelyingParty(url: "https://example.org", name: "Example", userVerification: .discouraged)
        let vectors = try Self.vectors()
        #expect(vectors.count == 15)
        for vector in vectors {
            let (creation, use) = (vector.registration, vector.authentication)
            let object = try AttestationObject(try bytes(creation, "attestationObject"))
            let data = try AuthenticatorData(object.authenticatorData)
            let attested = try #require(data.attested)
            var answer = Answer(
                id: attested.id, clientDataJSON: try bytes(creation, "clientDataJSON"),
                authenticatorData: object.authenticatorData)
            answer.attestationObject = try bytes(creation, "attestationObject")
            let created = try answer.created()
            let failure =
                Self.unsupported.contains(vector.name)
                ? CeremonyFailure.unsupportedKey : Self.embedded.contains(vector.name) ? .embedded : nil
            if let failure {
                #expect(throws: failure, "\(vector.name)") {
                    try party.register(created, challenge: try challenge(creation))
                }
                continue
            }
            let passkey = try party.register(created, challenge: try challenge(creation))
            answer.clientDataJSON = try bytes(use, "clientDataJSON")
            answer.authenticatorData = try bytes(use, "authenticatorData")
            answer.signature = try bytes(use, "signature")
            let asserted = try answer.asserted()
            let result = try party.verify(
                asserted, challenge: try challenge(use), by: passkey, of: Data(), isUserKnown: true)
            #expect(result.signatureCount == 0, "\(vector.name)")
            #expect(throws: CeremonyFailure.wrongChallenge) {
                try party.verify(
                    asserted, challenge: try challenge(creation), by: passkey, of: Data(), isUserKnown: true)
            }
        }
    }
}
