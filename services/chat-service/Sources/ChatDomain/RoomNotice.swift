public import DomainKit
public import Foundation

/// Something that happened to who is in a room or to what it is set to, and the place of that in the order of all changes of
/// the room.
public struct RoomNotice: Sendable, Hashable {
    public enum Event: Sendable, Hashable {
        /// `by` let them in; nil for who came by themselves.
        case memberJoined(UserID, RoomRole, by: UserID?)
        case memberLeft(UserID)
        case memberRemoved(UserID, by: UserID?)
        case roleChanged(UserID, RoomRole, by: UserID?)
        /// Handed over by the one who had it, who is a moderator from then on; nil where that account is gone.
        case ownerChanged(UserID, by: UserID?)
        /// Out of the room, where they were in it, and not let in before `until`; nil is for good.
        case memberBanned(UserID, until: Date?, by: UserID?)
        case banLifted(UserID, by: UserID?)
        /// As they are now: a change that is read later may show what a later one has made of them.
        case settingsChanged(RoomSettings)
    }

    public let roomID: RoomID
    /// 1, 2, 3, ... in each room without holes, the same for every reader.
    public let change: Int64
    public let event: Event

    public init(_ event: Event, in roomID: RoomID, change: Int64) {
        self.roomID = roomID
        self.change = change
        self.event = event
    }

    /// Who is not in the room from then on.
    public var departed: UserID? {
        switch event {
        case .memberLeft(let user), .memberRemoved(let user, _), .memberBanned(let user, _, _): user
        case .memberJoined, .roleChanged, .ownerChanged, .banLifted, .settingsChanged: nil
        }
    }
}

/// What a room's owner sets.
public struct RoomSettings: Sendable, Hashable {
    public let name: RoomName
    public let kind: Room.Kind
    public let slowModeSeconds: Int

    public init(name: RoomName, kind: Room.Kind, slowModeSeconds: Int) {
        self.name = name
        self.kind = kind
        self.slowModeSeconds = slowModeSeconds
    }
}

/// The settings that are to be others; those that are nil stay.
public struct RoomSettingsChange: Sendable, Hashable {
    public var name: RoomName?
    public var kind: Room.Kind?
    public var slowMode: SlowMode?

    public init(name: RoomName? = nil, kind: Room.Kind? = nil, slowMode: SlowMode? = nil) {
        self.name = name
        self.kind = kind
        self.slowMode = slowMode
    }

    func applied(to settings: RoomSettings) -> RoomSettings {
        RoomSettings(
            name: name ?? settings.name, kind: kind ?? settings.kind,
            slowModeSeconds: slowMode?.seconds ?? settings.slowModeSeconds)
    }
}

extension Room {
    public var settings: RoomSettings { RoomSettings(name: name, kind: kind, slowModeSeconds: slowModeSeconds) }
}

/// One of the changes of a room, whatever it concerns: all of them have one order.
public enum RoomChangeEntry: Sendable, Hashable {
    case message(MessageChange)
    case room(RoomNotice)

    public var change: Int64 {
        switch self {
        case .message(let change): change.change
        case .room(let notice): notice.change
        }
    }
}
