public import DomainKit

/// A room together with what the caller is in it: the one thing every use case decides by.
public struct RoomAccess: Sendable, Hashable {
    public let room: Room
    /// Nil for a caller who is no member.
    public let role: RoomRole?

    public init(room: Room, role: RoomRole?) {
        self.room = room
        self.role = role
    }

    /// Fails: `roomNotFound` when the caller may not know of the room.
    public func seen() throws(Failure) -> Room {
        guard room.kind.isShown(to: role) else { throw .roomNotFound(room.id) }
        return room
    }

    /// Fails: `roomNotFound` as above, `notAMember` for others who are not in it.
    public func membership() throws(Failure) -> RoomRole {
        _ = try seen()
        guard let role else { throw .notAMember(of: room.id) }
        return role
    }
}
