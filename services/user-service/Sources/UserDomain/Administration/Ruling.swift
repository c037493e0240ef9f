public import DomainKit
public import Foundation

/// What an admin wants of an account.
public enum Ruling: Sendable, Hashable {
    /// What is nil stays.
    case profile(displayName: DisplayName?, isEmailVerified: Bool?)
    case roles(Set<Role>)
    case ban(BanReason, until: Date?)
    case liftBan
    case membership(Membership)

    public var action: AuditAction {
        switch self {
        case .profile: .profileChanged
        case .roles: .rolesChanged
        case .ban: .banned
        case .liftBan: .banLifted
        case .membership: .membershipChanged
        }
    }

    /// Whether the account's tokens are void with it, as they say what is no longer so. Replicas are told by an event that is
    /// called as `action` is.
    public var voidsTokens: Bool {
        if case .profile = self { false } else { true }
    }

    /// Whether it is too much for a token that was found: it gives power over others, or takes people's places.
    public var needsRecentProof: Bool {
        switch self {
        case .roles, .ban, .liftBan: true
        case .profile, .membership: false
        }
    }

    public var reason: String? {
        if case .ban(let reason, _) = self { reason.description } else { nil }
    }

    /// The account as it shall be; the same when it is so already, and then nothing is to be written.
    ///
    /// Fails: `invalid`, for a ban that ends before it begins.
    public func applied(to account: User, by admin: UserID?, at now: Date) throws(Failure) -> User {
        var changed = account
        switch self {
        case .profile(let displayName, let isEmailVerified):
            if let displayName { changed.displayName = displayName }
            if let isEmailVerified { changed.isEmailVerified = isEmailVerified }
        case .roles(let roles): changed.roles = roles
        case .ban(let reason, let until):
            if let until, until <= now { throw .invalid([Self.endInThePast]) }
            if let ban = account.ban, ban.reason == reason.description,
                ban.until?.inMilliseconds == until?.inMilliseconds
            {
                return account
            }
            changed.ban = Ban(at: now, until: until, reason: reason.description, by: admin)
        case .liftBan: changed.ban = nil
        case .membership(let membership):
            let given = membership.tier == Membership.freeTier ? nil : membership
            guard given?.inMilliseconds != account.membership?.inMilliseconds else { return account }
            changed.membership = given
            changed.tier = membership.isInForce(at: now) ? membership.tier : Membership.freeTier
        }
        guard changed != account else { return account }
        changed.version += 1
        changed.updatedAt = now
        if voidsTokens { changed.epoch += 1 }
        return changed
    }

    private static var endInThePast: Violation {
        Violation(pointer: "/until", code: "in-the-past", detail: "The end of a ban must be in the future.")
    }
}
