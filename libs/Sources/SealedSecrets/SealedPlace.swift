/// Where a sealed secret belongs. It opens there and nowhere else, so that nobody who can write to the store gives one
/// account another's secret, or an old secret a new use.
public struct SealedPlace: Sendable, Hashable {
    /// What it is for: `totp seed`. One of few, written in the program.
    public let purpose: String
    /// Whose it is: the id of an account.
    public let owner: String

    public init(purpose: String, owner: String) {
        self.purpose = purpose
        self.owner = owner
    }
}
