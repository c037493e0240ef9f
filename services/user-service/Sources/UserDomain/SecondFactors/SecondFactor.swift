public import DomainKit
public import Foundation
public import OneTimePasswords

public typealias SecondFactorID = ID<SecondFactor>

/// An account's app for one-time codes. Before its first code has come it counts nowhere.
public struct SecondFactor: Sendable {
    /// How many recovery codes there are at first.
    public static let recoveryCodes = 10
    /// So long after its beginning its first code must have come.
    public static let confirmedWithin = Duration.seconds(900)

    /// Of this beginning; the next one's is another.
    public let id: SecondFactorID
    public let secret: OneTimeSecret
    /// Codes of this step and of earlier ones were used, or can be no more.
    public var lastStep: Int64
    public var isConfirmed: Bool

    public init(id: SecondFactorID, secret: OneTimeSecret, lastStep: Int64 = 0, isConfirmed: Bool = false) {
        self.id = id
        self.secret = secret
        self.lastStep = lastStep
        self.isConfirmed = isConfirmed
    }
}

/// What a right code is, for a store to use up: whoever uses it first was right.
public enum FactorProof: Sendable, Hashable {
    /// A code of this step.
    case step(Int64)
    /// The digest of a recovery code.
    case recovery(Data)

    public var method: AuthenticationMethod {
        switch self {
        case .step: .oneTimeCode
        case .recovery: .recoveryCode
        }
    }
}

extension SecondFactor {
    /// What `text` would prove, if it is not used up; nil for a wrong code. Whether there is such a recovery code is the
    /// store's to say.
    ///
    /// - Parameter now: the store's time.
    func proof(of text: String, by owner: UserID, at now: Date) -> FactorProof? {
        if let code = OneTimeCode(text) {
            return TOTP(secret: secret).step(of: code, at: now, after: lastStep).map { .step($0) }
        }
        return RecoveryCode(text).map { .recovery($0.digest(for: owner.description)) }
    }
}

/// A factor as it is kept, and the store's time at which that was so.
public struct KeptFactor: Sendable {
    public let factor: SecondFactor
    public let now: Date

    public init(factor: SecondFactor, now: Date) {
        self.factor = factor
        self.now = now
    }
}
