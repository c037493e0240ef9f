public import DomainKit
public import Foundation

/// Where second factors are kept, their secrets sealed, and the sign-ins that wait for one. A method is one transition, with
/// its line in the audit trail and what its owner is told; all time is the store's.
///
/// Of those who use one code at the same moment one is told that it did. Every method fails with `unavailable` when the store
/// is away, or a secret cannot be opened.
public protocol SecondFactorStore: Sendable {
    /// Keeps a factor that is not confirmed yet, in the place of another such one. False when the account has one that is, or
    /// is gone.
    func begin(_ factor: SecondFactor, of user: UserID) async throws -> Bool

    /// The account's, confirmed or begun not long ago.
    func factor(of user: UserID) async throws -> KeptFactor?

    /// Turns the factor on, with its recovery codes, and ends all sessions but the owner's, which has just shown a code as well.
    func confirm(
        _ factor: SecondFactorID, step: Int64, recoveryDigests: [Data], by owner: ActingOwner
    ) async throws -> FactorOutcome

    /// Takes the factor away with its recovery codes; from then on no session has shown it. Where the account has one of `roles`,
    /// which count with two factors alone, its tokens are void.
    func remove(
        _ factor: SecondFactorID, proof: FactorProof, voiding roles: Set<Role>, by owner: ActingOwner
    ) async throws -> FactorOutcome

    /// Puts these recovery codes in the place of those that are left.
    func replaceRecoveryCodes(
        _ factor: SecondFactorID, with digests: [Data], proof: FactorProof, by owner: ActingOwner
    ) async throws -> FactorOutcome

    /// Uses the code up in a session that is open, which has shown it from now on.
    func show(
        _ factor: SecondFactorID, of user: UserID, proof: FactorProof, in session: SessionID, device: Device
    ) async throws -> FactorOutcome

    /// Keeps the first step of a sign-in. False when the account is gone, or is not as it was checked.
    func keep(_ step: SignInStep) async throws -> Bool

    /// Nil for one that was used or is too old, and when the factor it waits for is no more.
    func pendingSignIn(_ digest: Data) async throws -> PendingSignIn?

    /// Opens a session for a second step: uses up the code and the step with it, or neither. A recovery code that was used is a
    /// security event.
    func open(_ opening: SessionOpening, after step: Data, proof: FactorProof) async throws -> FactorOutcome
}

/// What became of a transition that uses up a code.
public enum FactorOutcome: Sendable, Hashable {
    case done
    /// The code was used before, or is no recovery code of the account.
    case codeSpent
    /// The account, its factor or the step is not as the caller saw it.
    case changed
}
