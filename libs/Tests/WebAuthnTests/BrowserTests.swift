import Encodings
import Foundation
import HTTPKit
import NIOCore
import Testing
import WebAuthn

/// What Chromium's page got from its virtual authenticator and sent as it was, recorded in the file beside this one.
///
/// Options were those of `JSONFormTests`, through `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`.
@Suite struct BrowserTests {
    struct Recording: Decodable {
        let url: String
        let ceremonies: [Ceremony]
    }

    struct Ceremony: Decodable {
        let name: String
        let creation: Step<CreatedCredential>
        let assertions: [Step<AssertedCredential>]
    }

    struct Step<Credential: Decodable>: Decodable {
        let challenge: String
        let credential: Credential

        func ours() throws -> PasskeyChallenge {
            let bytes = try #require(Base64URL.decode(challenge))
            return try #require(PasskeyChallenge(bytes: bytes))
        }
    }

    static func file() throws -> Data {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try Data(contentsOf: here.appending(path: "chromium-ceremonies.json"))
    }

    @Test func `what a browser sends is taken, a device-bound and a synced key and both algorithms`() throws {
        let recording = try JSONDecoder().decode(Recording.self, from: Self.file())
        let party = try RelyingParty(url: recording.url, name: "Hiroba")
        var kinds: [String] = []
        for ceremony in recording.ceremonies {
            var passkey = try party.register(ceremony.creation.credential, challenge: ceremony.creation.ours())
            kinds.append("\(passkey.algorithm.map { "\($0)" } ?? "none") \(passkey.isBackupEligible)")
            #expect(passkey.isDiscoverable == true)
            #expect(passkey.transports == ["internal"])
            #expect(passkey.isBackedUp == passkey.isBackupEligible)
            for step in ceremony.assertions {
                #expect(step.credential.claimedChallenge == (try step.ours()))
                let use = try party.verify(
                    step.credential, challenge: step.ours(), by: passkey, of: Data("ann".utf8))
                #expect(use.signatureCount == passkey.signatureCount + 1)
                #expect(use.isUserVerified && use.isBackedUp == passkey.isBackedUp)
                passkey.signatureCount = use.signatureCount
            }
            let again = try #require(ceremony.assertions.first)
            #expect(throws: CeremonyFailure.counterWentBack) {
                try party.verify(again.credential, challenge: again.ours(), by: passkey, of: Data("ann".utf8))
            }
        }
        #expect(kinds == ["es256 false", "es256 true", "eddsa false"])
    }

    struct Body: Decodable {
        let credential: AssertedCredential
    }

    @Test func `a reader that is strict about members takes it too, and points at what is wrong`() throws {
        var answer = try SoftAuthenticator().assertion(PasskeyChallenge())
        func decode(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> AssertedCredential {
            var members = answer.members
            change(&members)
            let json = try JSONSerialization.data(withJSONObject: ["credential": members])
            return try JSONDecoding.decode(Body.self, from: ByteBuffer(bytes: json)).credential
        }
        #expect(try decode().rawID == answer.id)
        #expect(try decode { $0["new"] = ["a": [1, 2]] }.rawID == answer.id)
        answer.userHandle = nil
        #expect(try decode().userHandle == nil)
        let failure = #expect(throws: (any Error).self) { try decode { $0["rawId"] = "AA==" } }
        #expect("\(try #require(failure))".contains("/credential/rawId"))
    }
}
