public import DomainKit

/// The port to the rooms. Every method fails `unavailable` while the store is away.
///
/// A room of a kind this program does not know yet is not there: not singly, and not in a list.
public protocol RoomStore: Sendable {
    /// Stores a new room with its owner as its first member, if its owner has fewer than `most` then: one step, which no
    /// other room of the owner comes between. A room that has this id already is the first result of the same call: it stays
    /// and is returned instead, however many there are.
    func insert(_ room: Room, ifFewerThan most: Int64) async throws(Failure) -> RoomInsertion
    /// The room of two, or `room` stored as theirs if there is none and its owner has fewer than `most` then; both are in it from then
    /// on: one step, which nothing else of the pair comes between.
    func direct(_ room: Room, with other: UserID, ifFewerThan most: Int64) async throws(Failure) -> DirectRoomOpening
    /// The room and what `user` is in it; nil when there is none.
    func access(to room: RoomID, for user: UserID) async throws(Failure) -> RoomAccess?
    /// Newest first: the rooms that are shown to everybody and those `viewer` is in.
    func rooms(_ filter: RoomFilter, for viewer: Viewer, _ page: PageRequest) async throws(Failure) -> Page<Room>
    /// Stores the settings, those that are nil as they were, and returns the room as it is now.
    func update(
        _ room: RoomID, _ change: RoomSettingsChange, if condition: RoomCondition
    ) async throws(Failure) -> RoomChange<Room>
    /// Ends the room: from then on it is not there for anybody. Its members and messages may be taken out later; until
    /// then they are out of reach.
    func delete(_ room: RoomID, if condition: RoomCondition) async throws(Failure) -> RoomChange<Void>
    /// How far those rooms have come; one that is gone is left out.
    func progress(of rooms: [RoomID]) async throws(Failure) -> [RoomID: RoomProgress]
}

/// What became of a room that was to be stored.
public enum RoomInsertion: Sendable, Hashable {
    case stored(Room)
    /// The room that was stored under this id has ended since.
    case ended
    /// Its owner has so many already.
    case full(owned: Int64)
}

/// What became of a room of two that was asked for.
public enum DirectRoomOpening: Sendable, Hashable {
    case found(Room, isNew: Bool)
    /// Its owner has so many already.
    case full(owned: Int64)
}

/// What has to hold of a room at the moment in which it is changed: asked in the same step.
public struct RoomCondition: Sendable, Hashable {
    /// The settings are those the caller has seen.
    public let version: Int64
    public let caller: UserID
    /// The caller has one of these roles.
    public let roles: [RoomRole]

    public init(version: Int64, caller: UserID, roles: [RoomRole]) {
        self.version = version
        self.caller = caller
        self.roles = roles
    }
}

/// What became of a change of a room, found in the same moment.
public enum RoomChange<Value: Sendable>: Sendable {
    case done(Value)
    /// The condition does not hold; nothing was changed.
    case stale
    /// There is no such room.
    case gone
}

extension RoomChange: Equatable where Value: Equatable {}

/// What listeners compare with what they have heard, to know whether they missed something.
public struct RoomProgress: Sendable, Hashable {
    public let position: RoomPosition
    /// How often somebody left or was put out: grows with each.
    public let departures: Int64

    public init(position: RoomPosition, departures: Int64) {
        self.position = position
        self.departures = departures
    }
}

/// Which rooms a list has.
public struct RoomFilter: Sendable, Hashable {
    /// Only those the viewer is a member of.
    public var isMember: Bool
    /// Only those whose name has this text in it, whatever the case and width.
    public var nameContains: String?

    public init(isMember: Bool = false, nameContains: String? = nil) {
        self.isMember = isMember
        self.nameContains = nameContains
    }
}
