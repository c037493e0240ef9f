public import Foundation

/// Something that happened to an account and makes tokens void, as user-service committed it.
///
/// What it voids follows from its fields alone, whatever its kind: with a `sessionID` the tokens of that session, without
/// one the account's tokens whose epoch is lower than `epoch`. So an event of a kind that came with a later version is
/// obeyed as well, and applying one twice, or two in another order, changes nothing.
public struct IdentityEvent: Sendable, Hashable {
    /// Counts in the order of commits, without holes.
    public let seq: Int64
    /// Tells this event from another one that once had its number, in a database that was since restored.
    public let tag: String
    public let kind: Kind
    public let userID: UUID
    public let sessionID: UUID?
    /// Of the account after the event.
    public let epoch: Int64
    /// The database's time of the change.
    public let at: Date

    public init(
        seq: Int64, tag: String, kind: Kind, userID: UUID, sessionID: UUID? = nil, epoch: Int64, at: Date
    ) {
        self.seq = seq
        self.tag = tag
        self.kind = kind
        self.userID = userID
        self.sessionID = sessionID
        self.epoch = epoch
        self.at = at
    }

    /// Where a reader stands who has seen it.
    public var position: IdentityPosition { IdentityPosition(seq: seq, tag: tag) }

    /// What happened. An open set: later versions have more.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public static let banned = Kind(rawValue: "banned")
        public static let banLifted = Kind(rawValue: "ban_lifted")
        public static let rolesChanged = Kind(rawValue: "roles_changed")
        public static let membershipChanged = Kind(rawValue: "membership_changed")
        public static let passwordReset = Kind(rawValue: "password_reset")
        public static let sessionEnded = Kind(rawValue: "session_ended")
        public static let erasureRequested = Kind(rawValue: "erasure_requested")
        public static let accountErased = Kind(rawValue: "account_erased")
    }
}

/// A place in the order of events: after the one with this number and tag.
public struct IdentityPosition: Sendable, Hashable, LosslessStringConvertible {
    public let seq: Int64
    /// Empty where only the number is known.
    public let tag: String

    public init(seq: Int64, tag: String) {
        self.seq = seq
        self.tag = tag
    }

    /// Before every event.
    public static let beginning = IdentityPosition(seq: 0, tag: "")

    /// Reads `1234` and `1234-tag`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        // Digits alone: `Int64` reads a sign, too.
        guard let number = parts.first, !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }),
            let seq = Int64(number)
        else { return nil }
        let tag = parts.count == 2 ? String(parts[1]) : ""
        guard parts.count == 1 || (1...64).contains(tag.utf8.count),
            tag.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) || (97...122).contains($0) })
        else { return nil }
        self.init(seq: seq, tag: tag)
    }

    public var description: String { tag.isEmpty ? "\(seq)" : "\(seq)-\(tag)" }
}
