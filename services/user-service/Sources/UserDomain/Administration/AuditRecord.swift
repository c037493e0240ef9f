public import DomainKit
public import Foundation

/// One line of the audit trail: who did what to whom, when and why. It is never removed, and never changed
/// but for words about somebody who was erased.
public struct AuditRecord: Sendable, Hashable {
    public let id: UUID
    /// 1, 2, 3, ... without holes.
    public let seq: Int64
    public let at: Date
    /// Nil where no account did it.
    public let actorID: UserID?
    /// What did it then; nil in lines of versions that did not tell.
    public let actor: AuditActor?
    public let subjectID: UserID?
    public let action: AuditAction
    public let reason: String?
    public let requestID: String?
    /// JSON of what was changed, as it was and as it is; never a secret.
    public let before: String?
    public let after: String?
    /// SHA-256 over the former line's hash and all of the above, as it was written.
    public let hash: Data
    /// Whether `reason`, `before` and `after` were taken out, as they were about somebody who was erased.
    public let hasLostNames: Bool

    public init(
        id: UUID, seq: Int64, at: Date, actorID: UserID?, actor: AuditActor?, subjectID: UserID?, action: AuditAction,
        reason: String?, requestID: String?, before: String?, after: String?, hash: Data,
        hasLostNames: Bool = false
    ) {
        self.id = id
        self.seq = seq
        self.at = at
        self.actorID = actorID
        self.actor = actor
        self.subjectID = subjectID
        self.action = action
        self.reason = reason
        self.requestID = requestID
        self.before = before
        self.after = after
        self.hash = hash
        self.hasLostNames = hasLostNames
    }
}

/// What was done. Not an enumeration: a line of a later version is told like any other.
public struct AuditAction: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public static let profileChanged = AuditAction(rawValue: "profile_changed")
    public static let rolesChanged = AuditAction(rawValue: "roles_changed")
    public static let banned = AuditAction(rawValue: "banned")
    public static let banLifted = AuditAction(rawValue: "ban_lifted")
    public static let membershipChanged = AuditAction(rawValue: "membership_changed")
    /// A ban came to the end it was given.
    public static let banExpired = AuditAction(rawValue: "ban_expired")
    /// What lines said of an erased account in words is gone; `after` tells of which lines, with a digest of what is left of each.
    public static let namesRemoved = AuditAction(rawValue: "names_removed")
    // What people do to their own accounts.
    public static let signedUp = AuditAction(rawValue: "signed_up")
    public static let emailVerified = AuditAction(rawValue: "email_verified")
    public static let emailChanged = AuditAction(rawValue: "email_changed")
    public static let passwordReset = AuditAction(rawValue: "password_reset")
    public static let passwordChanged = AuditAction(rawValue: "password_changed")
    public static let sessionsEnded = AuditAction(rawValue: "sessions_ended")
    public static let erasureRequested = AuditAction(rawValue: "erasure_requested")
    /// By signing in.
    public static let erasureCancelled = AuditAction(rawValue: "erasure_cancelled")
    public static let accountErased = AuditAction(rawValue: "account_erased")
    public static let secondFactorAdded = AuditAction(rawValue: "mfa_added")
    public static let secondFactorRemoved = AuditAction(rawValue: "mfa_removed")
    public static let passkeyAdded = AuditAction(rawValue: "passkey_added")
    public static let passkeyRemoved = AuditAction(rawValue: "passkey_removed")
    public static let recoveryCodesReplaced = AuditAction(rawValue: "recovery_codes_replaced")
}

/// Which lines of the audit trail; all for which nothing is said.
public struct AuditFilter: Sendable, Hashable {
    public var actorID: UserID?
    public var subjectID: UserID?
    public var action: String?

    public init(actorID: UserID? = nil, subjectID: UserID? = nil, action: String? = nil) {
        self.actorID = actorID
        self.subjectID = subjectID
        self.action = action
    }
}

/// The place in the audit trail.
public struct AuditCursor: Sendable {
    public let seq: Int64

    public init(_ seq: Int64) {
        self.seq = seq
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        seq = try parts.integer(in: 1...Int64.max)
        try parts.done()
    }

    public var cursor: Cursor { Cursor([String(seq)]) }
}
