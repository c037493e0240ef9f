public import DomainKit

/// Lists who is in a room, in the order of joining.
public struct ListMembers<Rooms: RoomStore, Members: MemberStore>: Sendable {
    private let rooms: Rooms
    private let members: Members

    public init(rooms: Rooms, members: Members) {
        self.rooms = rooms
        self.members = members
    }

    /// Fails: `roomNotFound`, `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(
        of id: RoomID, _ page: PageRequest, as viewer: Viewer
    ) async throws(Failure) -> Page<Member> {
        _ = try await rooms.existing(id, for: viewer.id).seen()
        return try await members.members(of: id, page)
    }
}
