public import DomainKit
public import Foundation

/// Opens a room with the caller as its owner and first member.
public struct CreateRoom<Rooms: RoomStore>: Sendable {
    private let rooms: Rooms
    private let quotas: ChatQuotas
    private let ids: any IDSource
    private let clock: any WallClock

    public init(rooms: Rooms, quotas: ChatQuotas, ids: any IDSource, clock: any WallClock) {
        self.rooms = rooms
        self.quotas = quotas
        self.ids = ids
        self.clock = clock
    }

    /// - Parameter id: what the room is to be called by, where the caller may repeat this call with it: a repeat gets
    ///   the room of the first one. Nil for a new id.
    ///
    /// Fails: `tooManyRooms`, `unavailable`; `roomNotFound` for a repeat whose room has ended since.
    public func callAsFunction(
        name: RoomName, kind: Room.Kind, id: UUID? = nil, as caller: Viewer
    ) async throws(Failure) -> Room {
        let room = Room(
            id: RoomID(id ?? ids.ordered()), name: name, kind: kind, ownerID: caller.id,
            createdAt: clock.now.inMilliseconds)
        let most = quotas.limit(of: .rooms, for: caller.tier)
        switch try await rooms.insert(room, ifFewerThan: most) {
        case .stored(let stored): return stored
        case .ended: throw .roomNotFound(room.id)
        case .full(let owned): throw .tooManyRooms(QuotaUse(used: owned, limit: most))
        }
    }
}
