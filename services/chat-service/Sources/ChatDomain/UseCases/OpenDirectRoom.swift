public import DomainKit
import Foundation

/// Finds or opens the private room in which two people talk with one another.
///
/// Both are plain members: neither puts the other out nor lets anybody in. Either may leave, and is in it again when one of them asks
/// for it again. It counts among the rooms of who opened it.
public struct OpenDirectRoom<Rooms: RoomStore, Events: RoomEvents, Rights: RoomRights>: Sendable {
    private let rooms: Rooms
    private let events: Events
    private let rights: Rights
    private let quotas: ChatQuotas
    private let ids: any IDSource
    private let clock: any WallClock

    public init(
        rooms: Rooms, events: Events, rights: Rights, quotas: ChatQuotas, ids: any IDSource, clock: any WallClock
    ) {
        self.rooms = rooms
        self.events = events
        self.rights = rights
        self.quotas = quotas
        self.ids = ids
        self.clock = clock
    }

    /// Fails: `directWithOneself`, `joinNotAllowed`, `user.banned`, `tooManyRooms`, `unavailable`.
    public func callAsFunction(
        with other: UserID, as caller: Viewer
    ) async throws(Failure) -> (room: Room, isNew: Bool) {
        guard other != caller.id else { throw .directWithOneself }
        try await rights.requireJoining(caller.id, .invitation)
        do throws(Failure) {
            try await rights.requireJoining(other, .invitation)
        } catch {
            // Why somebody else may not is not the caller's to know.
            throw error.kind == .forbidden ? .joinNotAllowed : error
        }
        let room = Room(
            id: RoomID(ids.ordered()), name: RoomName(stored: "Direct messages"), kind: .private, ownerID: caller.id,
            memberCount: 2, createdAt: clock.now.inMilliseconds)
        let most = quotas.limit(of: .rooms, for: caller.tier)
        switch try await rooms.direct(room, with: other, ifFewerThan: most) {
        case .found(let room, let isNew):
            // Somebody may have come back into it.
            if !isNew { events.announce(.changesReached(room.id, change: room.lastChange)) }
            return (room, isNew)
        case .full(let owned): throw .tooManyRooms(QuotaUse(used: owned, limit: most))
        }
    }
}
