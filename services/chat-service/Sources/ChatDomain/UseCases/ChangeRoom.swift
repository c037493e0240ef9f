public import DomainKit

/// Changes a room's settings over those the caller has seen.
public struct ChangeRoom<Rooms: RoomStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let events: Events

    public init(rooms: Rooms, events: Events) {
        self.rooms = rooms
        self.events = events
    }

    /// `precondition` gets the room as it is, once the caller is known to be allowed, and throws when it is not the
    /// one the caller has seen. Settings that are nil stay; where all stay as they are, so does the version.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `roomChanged`, `unavailable`, and what `precondition` throws.
    public func callAsFunction(
        _ id: RoomID, _ change: RoomSettingsChange, as caller: UserID,
        precondition: (Room) throws(Failure) -> Void
    ) async throws(Failure) -> Room {
        // Whoever changed it in between is looked at anew: `precondition` says whether that matters.
        for _ in 0..<RoomAccess.attempts {
            let access = try await rooms.existing(id, for: caller)
            guard RoomRole.changingSettings.contains(try access.membership()) else { throw .roleTooLow(in: id) }
            let seen = access.room
            try precondition(seen)
            if change.applied(to: seen.settings) == seen.settings { return seen }
            let condition = RoomCondition(version: seen.version, caller: caller, roles: RoomRole.changingSettings)
            switch try await rooms.update(id, change, if: condition) {
            case .done(let room):
                // The room stood at this change's number when it was let go of.
                events.announce(
                    .notice(RoomNotice(.settingsChanged(room.settings), in: id, change: room.lastChange)))
                return room
            case .stale: continue
            case .gone: throw .roomNotFound(id)
            }
        }
        throw .roomChanged(id)
    }
}

extension RoomAccess {
    /// How often a change is tried over a room that changes each time.
    static let attempts = 64
}
