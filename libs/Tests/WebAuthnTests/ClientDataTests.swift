import Foundation
import Testing
import WebAuthn

@Suite struct ClientDataTests {
    static let good = #"{"type":"webauthn.get","challenge":"AAAA","origin":"https://example.com"}"#

    /// With one member more, in JSON.
    static func with(_ member: String) -> String { "\(good.dropLast()),\(member)}" }

    @Test(arguments: [
        good, "\u{feff}" + good, " \n" + good + "\t", with(#""crossOrigin":false"#),
        with(#""crossOrigin":null,"topOrigin":null"#),
        with(#""tokenBinding":{"status":"supported"},"other_keys_can_be_added_here":"do not compare""#),
        #"{"origin":"https:\/\/example.com","challenge":"AAAA","type":"webauthn\u002eget"}"#,
    ])
    func `the members are found among others, in any order`(text: String) throws {
        let data = try ClientData(Data(text.utf8))
        #expect(data.type == "webauthn.get")
        #expect(data.challenge == "AAAA")
        #expect(data.origin == "https://example.com")
        #expect(!data.isEmbedded)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "\"\"", good + "x", good + good, String(good.dropLast()), "[\(good)]",
        #"{"type":1,"challenge":"AAAA","origin":"https://example.com"}"#,
        #"{"type":"webauthn.get","challenge":"AAAA"}"#,
        #"{"type":"webauthn.get","challenge":["AAAA"],"origin":"https://example.com"}"#,
        #"{"type":"webauthn.get","challenge":null,"origin":"https://example.com"}"#,
        with(#""crossOrigin":"false""#), with(#""crossOrigin":0"#),
        with(#""topOrigin":{}"#), good + "\0",
        with(#""more":"\#(String(repeating: "x", count: 8_192))""#),
        String(repeating: "[", count: 8_000), String(repeating: #"{"a":"#, count: 1_600),
    ])
    func `anything else is no client data`(text: String) {
        #expect(throws: CeremonyFailure.malformedClientData) { try ClientData(Data(text.utf8)) }
    }

    @Test func `other encodings are refused`() throws {
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32, .utf32LittleEndian] {
            let bytes = try #require(Self.good.data(using: encoding))
            #expect(throws: CeremonyFailure.malformedClientData) { try ClientData(bytes) }
        }
        var broken = Data(Self.good.utf8)
        broken.insert(0xff, at: 30)
        #expect(throws: CeremonyFailure.malformedClientData) { try ClientData(broken) }
    }
}
