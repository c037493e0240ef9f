public import DomainKit

/// Lists who is kept out of a room, for those who look after it.
public struct ListBans<Bans: BanStore>: Sendable {
    private let bans: Bans

    public init(bans: Bans) {
        self.bans = bans
    }

    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(of id: RoomID, _ page: PageRequest, as viewer: Viewer) async throws(Failure) -> Page<Ban>
    {
        guard let found = try await bans.bans(of: id, page, for: viewer) else { throw .roomNotFound(id) }
        guard try found.standing.membership(of: id) >= .moderator else { throw .roleTooLow(in: id) }
        return found.page
    }
}
