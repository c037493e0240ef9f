internal import Crypto
internal import Encodings
public import Foundation

extension RelyingParty {
    /// What `PublicKeyCredential.parseRequestOptionsFromJSON` takes.
    ///
    /// - Parameter passkeys: those of the account where it is known who signs in. Without any, the browser shows all
    ///   discoverable ones of this site; so it does for somebody with no passkey, and tells nobody who has one.
    public func requestOptions(
        challenge: PasskeyChallenge, allowing passkeys: [PasskeyReference] = [], timeout: Duration = .seconds(300)
    ) -> RequestOptions {
        RequestOptions(
            challenge: challenge.text, timeout: timeout.wholeMilliseconds, rpId: id, allowCredentials: passkeys,
            userVerification: userVerification)
    }

    /// Checks a sign-in (level 3 §7.2) and answers what has changed about the passkey.
    ///
    /// The caller finds `passkey` by `credential.rawID` and makes sure that `challenge` was given out for a sign-in and is
    /// used once. What is answered is to be kept under the condition that the counter kept is still the one checked
    /// against: of two answers at once with one counter only one is right.
    ///
    /// - Parameters:
    ///   - handle: the user handle of the account that `passkey` is of.
    ///   - isUserKnown: whether the account was known before the passkey said so. If not, the answer must have the handle.
    public func verify(
        _ credential: AssertedCredential, challenge: PasskeyChallenge, by passkey: Passkey, of handle: Data,
        isUserKnown: Bool = false
    ) throws(CeremonyFailure) -> PasskeyUse {
        guard credential.id == Base64URL.encode(credential.rawID) else { throw .differentIDs }
        guard credential.rawID == passkey.id else { throw .otherPasskey }
        guard credential.userHandle.map({ $0 == handle }) ?? isUserKnown else { throw .wrongUser }
        try check(ClientData(credential.clientDataJSON), is: "webauthn.get", challenge: challenge)
        let data = try AuthenticatorData(credential.authenticatorData)
        guard data.attested == nil else { throw .malformedAuthenticatorData }
        try check(data)
        guard data.flags.contains(.backupEligible) == passkey.isBackupEligible else { throw .wrongBackupFlags }
        let signed = credential.authenticatorData + Data(SHA256.hash(data: credential.clientDataJSON))
        guard try COSEKey(passkey.publicKey).isSignature(credential.signature, over: signed) else {
            throw .wrongSignature
        }
        // Both 0: it does not count, as synced ones do not.
        guard data.signatureCount > passkey.signatureCount || data.signatureCount == 0 && passkey.signatureCount == 0
        else { throw .counterWentBack }
        return PasskeyUse(
            signatureCount: data.signatureCount, isBackedUp: data.flags.contains(.backedUp),
            isUserVerified: data.flags.contains(.userVerified))
    }
}

/// What a sign-in says about its passkey.
public struct PasskeyUse: Sendable, Hashable {
    /// To be kept instead of the former one.
    public let signatureCount: UInt32
    /// To be kept instead of the former one.
    public let isBackedUp: Bool
    /// Whether it counts as two factors.
    public let isUserVerified: Bool

    public init(signatureCount: UInt32, isBackedUp: Bool, isUserVerified: Bool) {
        self.signatureCount = signatureCount
        self.isBackedUp = isBackedUp
        self.isUserVerified = isUserVerified
    }
}
