package import Foundation

/// What a browser says about who asked it (WebAuthn level 3 §5.8.1). Members it adds are passed over, as §5.8.1 asks.
package struct ClientData: Sendable, Hashable {
    package let type: String
    package let challenge: String
    package let origin: String
    /// Whether the page that asked was inside of a page of another origin.
    package let isEmbedded: Bool

    /// Fails: `malformedClientData` for what is no JSON object in UTF-8 with the members it must have, and for more than 8 KiB.
    package init(_ bytes: Data) throws(CeremonyFailure) {
        // A byte order mark is left out, as "UTF-8 decode" does; a zero byte would make Foundation guess at UTF-16.
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes
        guard bytes.count <= 8_192, !text.contains(0), String(validating: text, as: UTF8.self) != nil,
            let members = try? JSONDecoder().decode(Members.self, from: Data(text))
        else { throw .malformedClientData }
        type = members.type
        challenge = members.challenge
        origin = members.origin
        isEmbedded = members.crossOrigin == true || members.topOrigin != nil
    }

    private struct Members: Decodable {
        let type: String
        let challenge: String
        let origin: String
        let crossOrigin: Bool?
        let topOrigin: String?
    }
}
