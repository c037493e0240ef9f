public import DomainKit
public import Foundation

/// An account.
public struct User: Sendable, Hashable {
    public let id: UserID
    public var email: EmailAddress
    public var displayName: DisplayName
    public var roles: Set<Role>
    public var isEmailVerified: Bool
    /// Counts changes of the account's own data, from 1.
    public var version: Int
    public let createdAt: Date
    public var updatedAt: Date
    /// Counts what voids the account's tokens: those that name a lower one.
    public var epoch: Int64
    /// The ban in force, by the store's time.
    public var ban: Ban?
    /// The last there was or will be, in force or not.
    public var membership: Membership?
    /// Of the membership in force, by the store's time; else `free`.
    public var tier: String
    /// In which its owner is written to.
    public var language: Language

    public init(
        id: UserID, email: EmailAddress, displayName: DisplayName, roles: Set<Role> = [.user],
        isEmailVerified: Bool = false, version: Int = 1, createdAt: Date, updatedAt: Date, epoch: Int64 = 0,
        ban: Ban? = nil, membership: Membership? = nil, tier: String = Membership.freeTier,
        language: Language = .english
    ) {
        self.id = id
        self.email = email
        self.displayName = displayName
        self.roles = roles
        self.isEmailVerified = isEmailVerified
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.epoch = epoch
        self.ban = ban
        self.membership = membership
        self.tier = tier
        self.language = language
    }
}

/// A password's hash as a PHC string: algorithm, parameters, salt, hash.
public struct PasswordHash: Sendable, Hashable {
    public let phc: String

    public init(phc: String) {
        self.phc = phc
    }
}

/// An account and what its password is checked against.
public struct Credentials: Sendable {
    public var user: User
    public var hash: PasswordHash
    /// Whether the device that was asked about has signed in to the account before.
    public var isDeviceKnown: Bool
    /// What signing in asks for beside the password; nil for nothing.
    public var secondFactor: SecondFactorID?

    public init(
        user: User, hash: PasswordHash, isDeviceKnown: Bool = false, secondFactor: SecondFactorID? = nil
    ) {
        self.user = user
        self.hash = hash
        self.isDeviceKnown = isDeviceKnown
        self.secondFactor = secondFactor
    }
}
