public import DomainKit
public import Foundation

/// The port to the member lists; keeps the rooms' `memberCount` in step. Every method fails `unavailable` while the
/// store is away.
///
/// A member with a role this program does not know yet is not there: not singly, and not in a list.
public protocol MemberStore: Sendable {
    /// Gives `user` this place in the room, or (role nil) takes it from them, if `rule` allows it for what is found:
    /// one step, which no other change of the room's members comes between. Nil when there is no such room.
    ///
    /// - Parameter date: when a user who was not in the room has joined.
    func change(
        _ user: UserID, in room: RoomID, to role: RoomRole?, as caller: UserID, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> MembershipChange?
    /// In the order of joining, together with where `viewer` stands at that moment: who may not know of the room gets no
    /// members. Nil when there is no such room.
    func members(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Member>)?
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

/// All that is kept of people in rooms.
public typealias MembershipStores = MemberStore & BanStore & InvitationStore & ReadMarkStore
