public import DomainKit

/// What a challenge is given out for. It is good for nothing else: whoever may begin one ceremony may not finish another by it.
public enum PasskeyCeremony: Sendable, Hashable {
    /// Of whoever comes.
    case signIn
    /// A new passkey of this account, whose owner has just shown who they are.
    case creation(UserID)
    /// Showing again who one is, in this session.
    case stepUp(SessionID)
}
