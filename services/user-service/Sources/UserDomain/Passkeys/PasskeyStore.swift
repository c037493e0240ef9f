public import DomainKit
public import Foundation
public import WebAuthn

/// Where passkeys are kept, and the challenges they answer. A method is one transition, with its line in the audit trail and
/// what its owner is told; all time is the store's.
///
/// Every method fails with `unavailable` when the store is away.
public protocol PasskeyStore: Sendable {
    func keep(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws

    /// Takes a challenge away. False for one that was not kept for this, was taken before, or is too old.
    func take(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws -> Bool

    /// The newest first.
    func passkeys(of user: UserID, page: PageRequest) async throws -> Page<KeptPasskey>

    func passkey(_ id: PasskeyID, of user: UserID) async throws -> KeptPasskey?

    /// Adds a passkey, at the store's time. One that is there already under this id, of this account, is the first result of the
    /// same call, and is returned in its place.
    ///
    /// Fails: `passkeyTaken`, `tooManyPasskeys`, unauthenticated when the account is gone.
    func add(_ passkey: KeptPasskey, by owner: ActingOwner) async throws -> KeptPasskey

    /// Takes a passkey away, and ends the sessions it was shown in; in the owner's it counts as shown no more. Where the account has one
    /// of `roles`, which count with two factors alone, its tokens are void. False when the account has no such passkey.
    func remove(_ id: PasskeyID, voiding roles: Set<Role>, by owner: ActingOwner) async throws -> Bool

    /// The passkey that has this id among authenticators, and its account.
    ///
    /// - Parameter device: tells whether the account knows this device.
    func holder(of credential: Data, device: DeviceMark?) async throws -> PasskeyHolder?

    /// Opens a session with a passkey, and keeps what its use has changed about it, or neither.
    ///
    /// False when the account or the passkey is not as the caller saw it: of two uses with one counter, one is told so.
    func open(_ opening: SessionOpening, with kept: KeptPasskey, after use: PasskeyUse) async throws -> Bool

    /// Notes that whoever uses the session of its account has just shown a passkey, and keeps what that has changed about it, or
    /// neither.
    ///
    /// False when the session has ended or is another account's, and when the passkey is not as the caller saw it.
    func show(_ kept: KeptPasskey, in session: SessionID, after use: PasskeyUse) async throws -> Bool
}

/// A passkey, and the account it opens.
public struct PasskeyHolder: Sendable {
    public let kept: KeptPasskey
    public let account: Credentials

    public init(kept: KeptPasskey, account: Credentials) {
        self.kept = kept
        self.account = account
    }
}
