public import DomainKit

/// The port to the member lists; keeps the rooms' `memberCount` in step. Every method fails `unavailable` while the
/// store is away.
public protocol MemberStore: Sendable {
    /// Adds a member, or leaves the one that is there as it is. Nil when the room is gone.
    func add(_ member: Member) async throws(Failure) -> AddedMember?
    func member(_ user: UserID, of room: RoomID) async throws(Failure) -> Member?
    /// In the order of joining.
    func members(of room: RoomID, _ page: PageRequest) async throws(Failure) -> Page<Member>
    /// Nil when the user is not in the room.
    func changeRole(of user: UserID, in room: RoomID, to role: RoomRole) async throws(Failure) -> Member?
    /// False when the user was not in the room.
    func remove(_ user: UserID, from room: RoomID) async throws(Failure) -> Bool
    /// Those of the pairs that are members no longer.
    func departed(among pairs: [RoomMembership]) async throws(Failure) -> [RoomMembership]
}

/// The member as stored, and whether it is there only since now.
public struct AddedMember: Sendable, Hashable {
    public let member: Member
    public let isNew: Bool

    public init(member: Member, isNew: Bool) {
        self.member = member
        self.isNew = isNew
    }
}

/// The claim that a user is in a room.
public struct RoomMembership: Sendable, Hashable {
    public let roomID: RoomID
    public let userID: UserID

    public init(roomID: RoomID, userID: UserID) {
        self.roomID = roomID
        self.userID = userID
    }
}
