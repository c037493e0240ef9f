internal import Encodings
internal import Foundation

extension RelyingParty {
    /// What `PublicKeyCredential.parseCreationOptionsFromJSON` takes: a discoverable passkey, without attestation.
    ///
    /// - Parameters:
    ///   - passkeys: those the account has already: an authenticator that holds one of them does not make another.
    ///   - timeout: how long a browser waits. The challenge should be good for as long.
    public func creationOptions(
        challenge: PasskeyChallenge, user: PasskeyUser, excluding passkeys: [PasskeyReference] = [],
        timeout: Duration = .seconds(300)
    ) -> CreationOptions {
        CreationOptions(
            rp: CreationOptions.Party(id: id, name: name), user: user, challenge: challenge.text,
            pubKeyCredParams: algorithms.map { CreationOptions.Parameter(alg: $0.rawValue) },
            timeout: timeout.wholeMilliseconds, excludeCredentials: passkeys,
            authenticatorSelection: CreationOptions.Selection(userVerification: userVerification))
    }

    /// Checks a registration (level 3 §7.1) and answers the passkey to keep.
    ///
    /// An attestation statement of another format than `none` is not looked at: `none` was asked for, some authenticators
    /// send one nevertheless, and nothing of it would be believed. The caller makes sure that `challenge` was given out
    /// to this account and is used once, and that the passkey's id is nobody's yet.
    public func register(
        _ credential: CreatedCredential, challenge: PasskeyChallenge
    ) throws(CeremonyFailure) -> Passkey {
        guard credential.id == Base64URL.encode(credential.rawID) else { throw .differentIDs }
        try check(ClientData(credential.clientDataJSON), is: "webauthn.create", challenge: challenge)
        let attestation = try AttestationObject(credential.attestationObject)
        let data = try AuthenticatorData(attestation.authenticatorData)
        try check(data)
        guard let attested = data.attested else { throw .malformedAuthenticatorData }
        let key = try COSEKey(attested.publicKey)
        guard algorithms.contains(key.algorithm) else { throw .unsupportedKey }
        guard attested.id == credential.rawID else { throw .differentIDs }
        let copies = credential.copies
        guard copies.authenticatorData.map({ $0 == attestation.authenticatorData }) ?? true,
            copies.publicKeyAlgorithm.map({ $0 == key.algorithm.rawValue }) ?? true,
            copies.publicKey.map({ $0 == key.subjectPublicKeyInfo }) ?? true
        else { throw .differentCopies }
        return Passkey(
            id: attested.id, publicKey: attested.publicKey, signatureCount: data.signatureCount,
            transports: credential.transports, isBackupEligible: data.flags.contains(.backupEligible),
            isBackedUp: data.flags.contains(.backedUp), model: attested.model, isDiscoverable: credential.isDiscoverable
        )
    }

    /// Who asked the browser, and for what.
    func check(_ data: ClientData, is type: String, challenge: PasskeyChallenge) throws(CeremonyFailure) {
        guard data.type == type else { throw .wrongType }
        guard data.challenge == challenge.text else { throw .wrongChallenge }
        guard origins.contains(data.origin) else { throw .wrongOrigin }
        guard !data.isEmbedded else { throw .embedded }
    }

    /// Whom the authenticator answers, and whether its owner was there.
    func check(_ data: AuthenticatorData) throws(CeremonyFailure) {
        guard data.relyingPartyHash == idHash else { throw .wrongRelyingParty }
        guard data.flags.contains(.userPresent) else { throw .userNotPresent }
        guard userVerification != .required || data.flags.contains(.userVerified) else { throw .userNotVerified }
        guard data.flags.contains(.backupEligible) || !data.flags.contains(.backedUp) else { throw .wrongBackupFlags }
    }
}
