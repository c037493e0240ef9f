import Foundation
import OneTimePasswords

// The page in Sources/OneTimePasswords/README.md, from the next line to the end.
/// What is kept of one person's second factor. A store keeps it in a row, the secret sealed.
struct SecondFactor {
    var secret: OneTimeSecret
    var lastStep: Int64?
    var recoveryDigests: [Data]
}

/// Beginning: an address for the QR code, and letters for who cannot scan it.
func enrol(_ address: String) -> (secret: OneTimeSecret, uri: String, typed: String) {
    let secret = OneTimeSecret()
    return (secret, TOTP(secret: secret).uri(issuer: "Hiroba", account: address), secret.base32)
}

/// Confirming: the first code turns it on, and ten codes are shown this once.
func confirm(_ secret: OneTimeSecret, typed: String, owner: String, at now: Date) -> (SecondFactor, shown: [String])? {
    guard let code = OneTimeCode(typed), let step = TOTP(secret: secret).step(of: code, at: now) else { return nil }
    let codes = RecoveryCode.fresh()
    let digests = codes.map { $0.digest(for: owner) }
    return (SecondFactor(secret: secret, lastStep: step, recoveryDigests: digests), codes.map(\.text))
}

/// Signing in: either kind works once. In a store it is one statement that decides, as two may come at the same moment:
/// `UPDATE ... SET last_step = $step WHERE last_step < $step`, `DELETE ... WHERE digest = $digest`.
func accept(_ typed: String, for factor: inout SecondFactor, owner: String, at now: Date) -> Bool {
    if let code = OneTimeCode(typed) {
        guard let step = TOTP(secret: factor.secret).step(of: code, at: now, after: factor.lastStep) else {
            return false
        }
        factor.lastStep = step
        return true
    }
    guard let index = RecoveryCode(typed)?.index(in: factor.recoveryDigests, for: owner) else { return false }
    factor.recoveryDigests.remove(at: index)
    return true
}
