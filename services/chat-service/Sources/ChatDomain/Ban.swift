public import DomainKit
public import Foundation

/// That somebody is not let into a room.
public struct Ban: Sendable, Hashable {
    public let roomID: RoomID
    public let userID: UserID
    public let reason: BanReason
    /// When it ends by itself; nil is never.
    public let until: Date?
    public let by: UserID
    public let at: Date

    public init(roomID: RoomID, userID: UserID, reason: BanReason, until: Date?, by: UserID, at: Date) {
        self.roomID = roomID
        self.userID = userID
        self.reason = reason
        self.until = until
        self.by = by
        self.at = at
    }
}

/// Why: of 1 to 500 characters, for those who look after the room.
public struct BanReason: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 500
    public let description: String

    public init(_ text: String) throws(Violation) {
        description = try NameRule(longest: Self.longest).checked(text)
    }

    /// Trusts a reason that was checked when it was stored.
    public init(stored text: String) {
        description = text
    }
}
