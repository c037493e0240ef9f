import Foundation
import WebAuthn

// The page in Sources/WebAuthn/README.md, from the next line to the end.
/// A site with passkeys and nothing else. Where it says `private var`, a real one has tables.
struct Door {
    let site: RelyingParty
    private var challenges: [PasskeyChallenge: Data?] = [:]
    private var passkeys: [Data: (owner: Data, passkey: Passkey)] = [:]

    /// `https://example.com`, or `http://localhost:8080` to try it.
    init(url: String) throws(UnusableRelyingParty) {
        site = try RelyingParty(url: url, name: "The door")
    }

    /// For `PublicKeyCredential.parseCreationOptionsFromJSON(...)`.
    mutating func invite(_ handle: Data, name: String) throws -> Data? {
        guard let user = PasskeyUser(handle: handle, name: name, displayName: name) else { return nil }
        let (challenge, known) = (PasskeyChallenge(), passkeys.values.filter { $0.owner == handle })
        challenges[challenge] = handle
        return try JSONEncoder().encode(
            site.creationOptions(challenge: challenge, user: user, excluding: known.map(\.passkey.reference)))
    }

    /// What `JSON.stringify(credential)` gave after `create()`. The challenge is taken away first: it is good once, however this ends.
    mutating func enrol(_ body: Data) throws -> Passkey? {
        let credential = try JSONDecoder().decode(CreatedCredential.self, from: body)
        guard let challenge = credential.claimedChallenge, let owner = challenges.removeValue(forKey: challenge) ?? nil
        else { return nil }
        let passkey = try site.register(credential, challenge: challenge)
        guard passkeys[passkey.id] == nil else { return nil }
        passkeys[passkey.id] = (owner, passkey)
        return passkey
    }

    /// For `PublicKeyCredential.parseRequestOptionsFromJSON(...)`. Nobody has said yet who comes.
    mutating func ask() throws -> Data {
        let challenge = PasskeyChallenge()
        challenges[challenge] = .some(nil)
        return try JSONEncoder().encode(site.requestOptions(challenge: challenge))
    }

    /// What `JSON.stringify(credential)` gave after `get()`. Answers who it is.
    mutating func enter(_ body: Data) throws -> Data? {
        let credential = try JSONDecoder().decode(AssertedCredential.self, from: body)
        guard let challenge = credential.claimedChallenge, challenges.removeValue(forKey: challenge) == .some(nil),
            let (owner, kept) = passkeys[credential.rawID]
        else { return nil }
        let use = try site.verify(credential, challenge: challenge, by: kept, of: owner)
        var passkey = kept
        (passkey.signatureCount, passkey.isBackedUp) = (use.signatureCount, use.isBackedUp)
        passkeys[passkey.id] = (owner, passkey)
        return owner
    }
}
