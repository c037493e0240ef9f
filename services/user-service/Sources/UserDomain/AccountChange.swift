import DomainKit

/// What became of a change that was to be made to one known state of an account; the store's own statement says it.
public enum AccountChange: Sendable, Hashable {
    /// The account as it is after the change; as it was last, when it was erased.
    case made(User)
    /// The account is there, in another state.
    case stale
    case gone

    /// Fails: precondition failed, unauthenticated.
    func user() throws(Failure) -> User {
        switch self {
        case .made(let user): user
        case .stale: throw .changedMeanwhile
        case .gone: throw .accountGone
        }
    }
}
