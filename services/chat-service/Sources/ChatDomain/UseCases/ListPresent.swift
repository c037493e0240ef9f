public import DomainKit
public import Foundation

/// Shows a member who of the room has a socket open, on whatever replica.
public struct ListPresent<Members: MemberStore>: Sendable {
    /// So many members are looked at, those who came first.
    public static var mostMembers: Int { 1_000 }
    private static var page: Int { 100 }

    private let members: Members
    private let connections: any ConnectionRegistry
    private let isShown: Bool

    /// - Parameter isShown: others too.
    public init(members: Members, connections: any ConnectionRegistry, isShown: Bool) {
        self.members = members
        self.connections = connections
        self.isShown = isShown
    }

    /// In the order of joining, each with the time of their oldest socket. Fails: `roomNotFound`, `notAMember`, `unavailable`.
    public func callAsFunction(
        in id: RoomID, as viewer: Viewer
    ) async throws(Failure) -> [(user: UserID, since: Date)] {
        var (present, page, looked): ([(UserID, Date)], PageRequest, Int) = ([], PageRequest(limit: Self.page), 0)
        repeat {
            guard let found = try await members.members(of: id, page, for: viewer) else { throw .roomNotFound(id) }
            // Again for each page: who is put out meanwhile sees no more of it.
            _ = try found.standing.membership(of: id)
            let users = found.page.items.map(\.userID).filter { isShown || $0 == viewer.id }
            if !users.isEmpty {
                let since = try await connections.present(among: users)
                present += users.compactMap { user in since[user].map { (user, $0) } }
            }
            looked += Self.page
            page.after = found.page.next
        } while page.after != nil && looked < Self.mostMembers
        return present
    }
}
