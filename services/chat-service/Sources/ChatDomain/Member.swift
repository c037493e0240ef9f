public import DomainKit
public import Foundation

/// One user's place in one room.
public struct Member: Sendable, Hashable {
    public let roomID: RoomID
    public let userID: UserID
    public var role: RoomRole
    public let joinedAt: Date

    public init(roomID: RoomID, userID: UserID, role: RoomRole, joinedAt: Date) {
        self.roomID = roomID
        self.userID = userID
        self.role = role
        self.joinedAt = joinedAt
    }
}

/// What a member may do, the most powerful last.
public enum RoomRole: String, Sendable, Hashable, CaseIterable, Comparable {
    case member, moderator, owner

    public static func < (left: RoomRole, right: RoomRole) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .member: 0
        case .moderator: 1
        case .owner: 2
        }
    }

    static let changingSettings: [RoomRole] = [.owner]
    static let deletingRooms: [RoomRole] = [.owner]

    static let inviting: [RoomRole] = allCases.filter(\.invites)

    var invites: Bool { self >= .moderator }

    /// Moderators and owners remove those below themselves.
    func removes(_ other: RoomRole) -> Bool { self >= .moderator && self > other }

    /// Owners alone hand out roles; their own to somebody who is in the room, and have it no longer themselves.
    func grants(_ role: RoomRole, insteadOf former: RoomRole?) -> Bool {
        guard former != .owner else { return false }
        if role == .owner { return self == .owner && former != nil }
        return self == .owner || (self == .moderator && role == .member && former ?? .member == .member)
    }
}
