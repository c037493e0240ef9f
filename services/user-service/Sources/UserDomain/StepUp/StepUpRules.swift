public import DomainKit
public import Foundation

/// What is asked of whoever does what nobody must do with a token they have found: by how much they have shown who they are,
/// and how long ago.
public struct StepUpRules: Sendable, Hashable {
    /// Roles that count with two factors alone.
    public let rolesOfTwoFactors: Set<Role>
    /// What was shown is fresh for so long.
    public let freshFor: Duration

    public init(rolesOfTwoFactors: Set<Role> = [], freshFor: Duration = .seconds(600)) {
        self.rolesOfTwoFactors = rolesOfTwoFactors
        self.freshFor = freshFor
    }

    /// Fails: `stepUpNeeded`.
    func mustBeFresh(_ shown: Authentication, at now: Date) throws(Failure) {
        guard now.timeIntervalSince(shown.at) < freshFor / .seconds(1) else {
            throw .stepUpNeeded(within: freshFor, byTwoFactors: shown.methods.isTwoFactors)
        }
    }
}

/// What was shown in a session, and when last.
public struct Authentication: Sendable, Hashable {
    public let methods: Set<AuthenticationMethod>
    public let at: Date

    public init(methods: Set<AuthenticationMethod>, at: Date) {
        self.methods = methods
        self.at = at
    }

    /// The same as a token knows it: one that was issued before the last time says an earlier one. With no time it is of old.
    func known(since time: Date?) -> Authentication {
        Authentication(methods: methods, at: min(at, time ?? .distantPast))
    }
}
