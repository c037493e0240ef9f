import Encodings
import Foundation
import Testing
import WebAuthn

@Suite struct JSONFormTests {
    let challenge = PasskeyChallenge()

    /// One member of the JSON, `response.signature` for one inside, replaced or taken away.
    static func changed(_ answer: Answer, _ path: String, to value: Any?) throws -> Data {
        var members = answer.members
        let names = path.split(separator: ".").map(String.init)
        if names.count == 2, var inner = members[names[0]] as? [String: Any] {
            inner[names[1]] = value
            members[names[0]] = inner
        } else {
            members[path] = value
        }
        return try JSONSerialization.data(withJSONObject: members)
    }

    static var wrong: [Any] { [1, true, ["a"], ["a": 1], NSNull(), "not base64url!", "AA==", "A", "A+/A", "AAAA "] }

    @Test func `every member that a registration must have is asked for in its form`() throws {
        let answer = SoftAuthenticator().creation(challenge)
        for path in [
            "id", "rawId", "type", "response", "clientExtensionResults", "response.clientDataJSON",
            "response.attestationObject",
        ] {
            let isText = path == "id"
            for value in [nil as Any?] + (isText ? [1, true, ["a"], NSNull()] : Self.wrong.map { $0 as Any? }) {
                if path == "clientExtensionResults", value is [String: Any] { continue }
                let json = try Self.changed(answer, path, to: value)
                #expect(throws: DecodingError.self, "\(path)") {
                    try JSONDecoder().decode(CreatedCredential.self, from: json)
                }
            }
        }
    }

    @Test func `every member that a sign-in must have is asked for in its form`() throws {
        let answer = try SoftAuthenticator().assertion(challenge)
        for path in [
            "rawId", "type", "response", "clientExtensionResults", "response.clientDataJSON",
            "response.authenticatorData", "response.signature",
        ] {
            for value in [nil as Any?] + Self.wrong.map({ $0 as Any? }) {
                if path == "clientExtensionResults", value is [String: Any] { continue }
                let json = try Self.changed(answer, path, to: value)
                #expect(throws: DecodingError.self, "\(path)") {
                    try JSONDecoder().decode(AssertedCredential.self, from: json)
                }
            }
        }
        for value in [1, ["a"], "A"] as [Any] {
            let json = try Self.changed(answer, "response.userHandle", to: value)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(AssertedCredential.self, from: json) }
        }
        let json = try Self.changed(answer, "response.userHandle", to: NSNull())
        #expect(try JSONDecoder().decode(AssertedCredential.self, from: json).userHandle == nil)
    }

    @Test func `members that browsers add are passed over, and optional ones have bounds`() throws {
        let answer = SoftAuthenticator().creation(challenge)
        for (path, value) in [
            ("new", 1), ("response.new", ["a": 1]), ("response.transports", ["carrier-pigeon"]),
            ("clientExtensionResults", ["prf": ["enabled": true]]), ("authenticatorAttachment", NSNull()),
        ] as [(String, Any)] {
            _ = try JSONDecoder().decode(CreatedCredential.self, from: Self.changed(answer, path, to: value))
        }
        for (path, value) in [
            ("response.transports", [String](repeating: "usb", count: 17)), ("response.transports", "usb"),
            ("response.transports", [String(repeating: "u", count: 33)]), ("response.publicKeyAlgorithm", "-7"),
            ("response.publicKey", 1), ("clientExtensionResults", ["credProps": ["rk": "yes"]]),
            ("authenticatorAttachment", 1), ("rawId", String(repeating: "A", count: 87_383)),
        ] as [(String, Any)] {
            let json = try Self.changed(answer, path, to: value)
            #expect(throws: DecodingError.self, "\(path)") {
                try JSONDecoder().decode(CreatedCredential.self, from: json)
            }
        }
    }

    @Test func `creation options are the browser's form`() throws {
        let party = try RelyingParty(url: "https://example.com", name: "広場")
        let user = try #require(PasskeyUser(handle: Data([0xff, 0xfe]), name: "ann@example.com", displayName: "Ann"))
        let known = PasskeyReference(id: Data([1, 2, 3]), transports: ["usb"])
        let options = party.creationOptions(challenge: challenge, user: user, excluding: [known])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(
            String(decoding: try encoder.encode(options), as: UTF8.self) == #"{"attestation":"none","#
                + #""authenticatorSelection":{"requireResidentKey":true,"residentKey":"required","userVerification":"required"},"#
                + #""challenge":"\#(challenge.text)","#
                + #""excludeCredentials":[{"id":"AQID","transports":["usb"],"type":"public-key"}],"extensions":{"credProps":true},"#
                + #""pubKeyCredParams":[{"alg":-7,"type":"public-key"},{"alg":-8,"type":"public-key"}],"#
                + #""rp":{"id":"example.com","name":"広場"},"timeout":300000,"#
                + #""user":{"displayName":"Ann","id":"__4","name":"ann@example.com"}}"#)
        #expect(PasskeyUser(handle: Data(), name: "", displayName: "") == nil)
        #expect(PasskeyUser(handle: Data(count: 65), name: "", displayName: "") == nil)
    }

    @Test func `request options are the browser's form`() throws {
        let party = try RelyingParty(url: "https://example.com", name: "Example", userVerification: .preferred)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let open = party.requestOptions(challenge: challenge, timeout: .milliseconds(1_500))
        #expect(
            String(decoding: try encoder.encode(open), as: UTF8.self)
                == #"{"allowCredentials":[],"challenge":"\#(challenge.text)","rpId":"example.com","timeout":1500,"#
                + #""userVerification":"preferred"}"#)
        let named = party.requestOptions(challenge: challenge, allowing: [PasskeyReference(id: Data([1]))])
        #expect(
            String(decoding: try encoder.encode(named), as: UTF8.self)
                .hasPrefix(#"{"allowCredentials":[{"id":"AQ","type":"public-key"}],"#))
        for extreme in [Duration.seconds(Int64.max), .seconds(Int64.min), .zero, .nanoseconds(-1)] {
            _ = try encoder.encode(party.requestOptions(challenge: challenge, timeout: extreme))
        }
    }

    @Test func `a challenge is 32 random bytes, and 16 at least`() throws {
        #expect(PasskeyChallenge() != PasskeyChallenge())
        #expect(PasskeyChallenge().bytes.count == 32)
        for length in [0, 15, 129] { #expect(PasskeyChallenge(bytes: Data(count: length)) == nil) }
        #expect(PasskeyChallenge(bytes: Data(count: 16))?.text == "AAAAAAAAAAAAAAAAAAAAAA")
    }
}
