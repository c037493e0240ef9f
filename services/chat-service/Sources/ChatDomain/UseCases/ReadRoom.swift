public import DomainKit

/// Shows one room to somebody who may know of it.
public struct ReadRoom<Rooms: RoomStore>: Sendable {
    private let rooms: Rooms

    public init(rooms: Rooms) {
        self.rooms = rooms
    }

    /// Fails: `roomNotFound`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as viewer: Viewer) async throws(Failure) -> Room {
        try await rooms.existing(id, for: viewer.id).seen()
    }
}

extension RoomStore {
    /// Fails: `roomNotFound`, `unavailable`.
    func existing(_ id: RoomID, for caller: UserID) async throws(Failure) -> RoomAccess {
        guard let access = try await access(to: id, for: caller) else { throw .roomNotFound(id) }
        return access
    }
}
