public import DomainKit

/// Lists who is in a room, in the order of joining.
public struct ListMembers<Members: MemberStore>: Sendable {
    private let members: Members

    public init(members: Members) {
        self.members = members
    }

    /// Fails: `roomNotFound`, `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(
        of id: RoomID, _ page: PageRequest, as viewer: Viewer
    ) async throws(Failure) -> Page<Member> {
        guard let found = try await members.members(of: id, page, for: viewer) else { throw .roomNotFound(id) }
        try found.standing.seen(id)
        return found.page
    }
}
