public import DomainKit

/// The port to the rooms. Every method fails `unavailable` while the store is away.
///
/// A room of a kind this program does not know yet is not there: not singly, and not in a list.
public protocol RoomStore: Sendable {
    /// Stores a new room with its owner as its first member, and returns it. A room that has this id already is the
    /// first result of the same call: it stays and is returned instead. Nil when that one has ended since.
    func insert(_ room: Room) async throws(Failure) -> Room?
    /// The room and what `user` is in it; nil when there is none.
    func access(to room: RoomID, for user: UserID) async throws(Failure) -> RoomAccess?
    /// Newest first: the rooms that are shown to everybody and those `viewer` is in.
    func rooms(_ filter: RoomFilter, for viewer: Viewer, _ page: PageRequest) async throws(Failure) -> Page<Room>
    /// Stores the settings over those of `version`, those that are nil as they were, and returns the room as it is now.
    func update(
        _ room: RoomID, name: RoomName?, kind: Room.Kind?, over version: Int64
    ) async throws(Failure) -> Versioned<Room>
    /// Ends the room at `version`: from then on it is not there for anybody. Its members and messages may be taken out
    /// later; until then they are out of reach.
    func delete(_ room: RoomID, over version: Int64) async throws(Failure) -> Versioned<Void>
    /// How far the logs of those rooms have come; a room that is gone is left out.
    func lastSeqs(of rooms: [RoomID]) async throws(Failure) -> [RoomID: Int64]
}

/// What became of a change over a version, found in the same moment.
public enum Versioned<Value: Sendable>: Sendable {
    case done(Value)
    /// The room has another version by now; nothing was changed.
    case stale
    /// There is no such room.
    case gone
}

extension Versioned: Equatable where Value: Equatable {}

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
