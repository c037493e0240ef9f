import DomainKit

/// Where the one who asks and the one it is about stand in a room, at one moment. They may be the same.
public struct Standing: Sendable, Hashable {
    public let kind: Room.Kind
    /// Nil for who is no member.
    public let caller: RoomRole?
    public let user: RoomRole?

    public init(kind: Room.Kind, caller: RoomRole?, user: RoomRole?) {
        self.kind = kind
        self.caller = caller
        self.user = user
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
            roles.flatMap { caller in roles.map { Standing(kind: kind, caller: caller, user: $0) } }
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
    /// The rule allowed it, and so it is.
    public let isMade: Bool

    public init(standing: Standing, member: Member?, isMade: Bool) {
        self.standing = standing
        self.member = member
        self.isMade = isMade
    }
}
