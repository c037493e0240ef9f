public import DomainKit

/// The port to the rooms. Every method fails `unavailable` while the store is away.
public protocol RoomStore: Sendable {
    /// Stores a new room with its owner as its first member.
    func insert(_ room: Room) async throws(Failure)
    /// The room and what `user` is in it; nil when there is none.
    func access(to room: RoomID, for user: UserID) async throws(Failure) -> RoomAccess?
    /// Newest first: the public rooms and those `user` is in.
    func rooms(_ filter: RoomFilter, for user: UserID, _ page: PageRequest) async throws(Failure) -> Page<Room>
    /// Stores the settings over those of `version` and returns the room as it is now; nil when the room has another
    /// version by now, or is gone.
    func update(_ room: RoomID, name: RoomName, kind: Room.Kind, over version: Int64) async throws(Failure) -> Room?
    /// Removes the room with its members and messages. False when there was none.
    func delete(_ room: RoomID) async throws(Failure) -> Bool
    /// How far the logs of those rooms have come; a room that is gone is left out.
    func lastSeqs(of rooms: [RoomID]) async throws(Failure) -> [RoomID: Int64]
}

/// Which rooms a list has.
public struct RoomFilter: Sendable, Hashable {
    /// Only those the caller is a member of.
    public var isMember: Bool
    /// Only those whose name has this text in it, whatever the case.
    public var nameContains: String?

    public init(isMember: Bool = false, nameContains: String? = nil) {
        self.isMember = isMember
        self.nameContains = nameContains
    }
}
