/// A `PublicKeyCredentialRequestOptionsJSON`. Encoded, it is what `parseRequestOptionsFromJSON` takes.
public struct RequestOptions: Sendable, Encodable {
    let challenge: String
    let timeout: Int
    let rpId: String
    let allowCredentials: [PasskeyReference]
    let userVerification: RelyingParty.UserVerification
}
