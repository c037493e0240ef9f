import DomainKit
import Foundation
public import WebAuthn

extension StepUp {
    /// What a browser needs to ask for one of the account's passkeys. The challenge is good for five minutes, once, and in this
    /// session alone: it makes no passkey and signs nobody in.
    ///
    /// Fails: `passkeysUnusable`, `noPasskeys`, `banned`, `tokenVoid`, unavailable.
    public func options(_ owner: ActingOwner) async throws -> RequestOptions {
        guard let site else { throw Failure.passkeysUnusable }
        let session = try await grant(owner).session.id
        let own = try await passkeys.passkeys(of: owner.id, page: PageRequest(limit: KeptPasskey.mostPerUser)).items
        guard !own.isEmpty else { throw Failure.noPasskeys }
        let challenge = PasskeyChallenge()
        try await passkeys.keep(challenge, for: .stepUp(session))
        return site.requestOptions(
            challenge: challenge, allowing: own.map(\.passkey.reference), timeout: KeptPasskey.challengeLife)
    }

    /// The challenge is used up first, whatever becomes of it. Nobody can guess a signature, so wrong ones are not counted.
    func show(_ credential: AssertedCredential, in session: SessionID, of owner: UserID) async throws {
        guard let site else { throw Failure.passkeysUnusable }
        guard let challenge = credential.claimedChallenge,
            try await passkeys.take(challenge, for: .stepUp(session))
        else { throw Failure.passkeyNotShown(because: "challenge") }
        guard let kept = try await passkeys.holder(of: credential.rawID, device: nil)?.kept, kept.userID == owner else {
            throw Failure.passkeyNotShown(because: "unknown")
        }
        let use: PasskeyUse
        do throws(CeremonyFailure) {
            use = try site.verify(
                credential, challenge: challenge, by: kept.passkey, of: owner.handle, isUserKnown: true)
        } catch {
            throw Failure.passkeyNotShown(because: "\(error)")
        }
        guard try await passkeys.show(kept, in: session, after: use) else { throw Failure.tokenVoid }
    }
}
