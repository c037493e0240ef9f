/// Which check an answer of a browser did not pass. The order is the order in which they are made.
public enum CeremonyFailure: Error, Sendable, Hashable {
    /// `id` is not `rawId` in base64url.
    case differentIDs
    /// The answer is of another passkey than the one it was checked with.
    case otherPasskey
    /// The user handle is another account's, or is missing where nobody said who signs in.
    case wrongUser
    /// `clientDataJSON` is no JSON of the form.
    case malformedClientData
    /// A registration where a sign-in was asked for, or the other way round.
    case wrongType
    /// Not the challenge that was given out.
    case wrongChallenge
    /// Another web site's page asked for it.
    case wrongOrigin
    /// A page of the right origin asked for it inside of another site's page.
    case embedded
    /// The attestation object is no CBOR of the form.
    case malformedAttestation
    /// The authenticator data has not the form, or lacks or has what it should have or lack.
    case malformedAuthenticatorData
    /// The authenticator answered for another relying party.
    case wrongRelyingParty
    /// Nobody touched it.
    case userNotPresent
    /// Nobody showed that they are its owner, by PIN or body.
    case userNotVerified
    /// Backed up although not eligible, or eligible now and not before, or the other way round.
    case wrongBackupFlags
    /// The key is of no algorithm that was asked for, or is none.
    case unsupportedKey
    /// `authenticatorData`, `publicKey` or `publicKeyAlgorithm` say something else than the attestation object.
    case differentCopies
    /// The signature is not by this key over this answer.
    case wrongSignature
    /// The counter did not go up: a copy of the key may be about.
    case counterWentBack
}
