import DomainKit
public import Foundation

/// Where the one who asks and the one it is about stand in a room, at one moment. They may be the same.
public struct Standing: Sendable, Hashable {
    public let kind: Room.Kind
    /// Nil for who is no member.
    public let caller: RoomRole?
    public let user: RoomRole?
    /// The user is not to be let in.
    public let isBanned: Bool

    public init(kind: Room.Kind, caller: RoomRole?, user: RoomRole?, isBanned: Bool = false) {
        self.kind = kind
        self.caller = caller
        self.user = user
        self.isBanned = isBanned
    }

    /// Of somebody who only looks.
    public init(kind: Room.Kind, viewer role: RoomRole?) {
        self.init(kind: kind, caller: role, user: role)
    }

    /// Fails: `roomNotFound` when the caller may not know of the room.
    func seen(_ room: RoomID) throws(Failure) {
        guard kind.isShown(to: caller) else { throw .roomNotFound(room) }
    }

    /// The caller's role. Fails: `roomNotFound` as above, `notAMember` for others who are not in the room.
    func membership(of room: RoomID) throws(Failure) -> RoomRole {
        try seen(room)
        guard let caller else { throw .notAMember(of: room) }
        return caller
    }
}

/// When a change of a membership may be made: written as a condition, kept as the list of what fulfils it, so that a
/// store can ask it in the same step in which it makes the change.
public struct MembershipRule: Sendable {
    public let allowed: Set<Standing>

    public init(_ allows: (Standing) -> Bool) {
        let roles = [nil] + RoomRole.allCases.map(Optional.some)
        let all = Room.Kind.allCases.flatMap { kind in
            roles.flatMap { caller in
                roles.flatMap { user in
                    [false, true].map { Standing(kind: kind, caller: caller, user: user, isBanned: $0) }
                }
            }
        }
        allowed = Set(all.filter(allows))
    }
}

/// What was found when a membership was to be changed, and what it is now.
public struct MembershipChange: Sendable, Hashable {
    /// Before the change.
    public let standing: Standing
    /// After it; nil for who is not in the room.
    public let member: Member?
    /// When the ban of a banned user ends; nil is never.
    public let bannedUntil: Date?
    /// Its number among the room's changes; nil where the rule did not allow it, and all is as it was.
    public let number: Int64?

    public init(standing: Standing, member: Member?, bannedUntil: Date? = nil, number: Int64?) {
        self.standing = standing
        self.member = member
        self.bannedUntil = bannedUntil
        self.number = number
    }

    public var isMade: Bool { number != nil }
}
