public import DomainKit

/// What whoever wants their account erased shows beside a token, which may be in other hands.
public enum ErasureProof: Sendable {
    /// Enough for an account that asks for nothing else, and has no role that counts with two factors alone.
    case password(ClaimedPassword)
    /// Of an app, or a recovery code.
    case code(String)
    /// What the session has shown a short while ago: two factors, as with a passkey.
    case session
}

/// A proof that was found right, for a store to use up together with what it lets happen.
public enum ErasureGround: Sendable, Hashable {
    case password
    case code(FactorProof)
    case session(SessionID)
}
