public import DomainKit
public import Foundation

/// The secret of a sign-in whose first step is done: it leads to the second one, for five minutes, and opens nothing else.
public struct SignInStepToken: MarkedToken {
    public static let life = Duration.seconds(300)

    public static let mark = "hst_"

    public let secret: Data

    public init(secret: Data) {
        self.secret = secret
    }
}

/// The first step of a sign-in, to be kept until the second one: what it proved, and of which state of the account. Where
/// that is another one by then, there is no second step.
public struct SignInStep: Sendable {
    /// Of its token.
    public let digest: Data
    public let userID: UserID
    /// What the password was checked against.
    public let checked: PasswordHash
    public let epoch: Int64
    /// Which factor is to be shown.
    public let factor: SecondFactorID
    /// The device, where the account knows it.
    public let knownDevice: DeviceMark?
    /// A stronger hash of the same password, to be put in its place.
    public let strengthened: PasswordHash?

    public init(
        digest: Data, userID: UserID, checked: PasswordHash, epoch: Int64, factor: SecondFactorID,
        knownDevice: DeviceMark? = nil, strengthened: PasswordHash? = nil
    ) {
        self.digest = digest
        self.userID = userID
        self.checked = checked
        self.epoch = epoch
        self.factor = factor
        self.knownDevice = knownDevice
        self.strengthened = strengthened
    }
}

/// A sign-in that waits for its second step.
public struct PendingSignIn: Sendable {
    public let step: SignInStep
    /// As it is now.
    public let user: User
    public let kept: KeptFactor

    public init(step: SignInStep, user: User, kept: KeptFactor) {
        self.step = step
        self.user = user
        self.kept = kept
    }
}
