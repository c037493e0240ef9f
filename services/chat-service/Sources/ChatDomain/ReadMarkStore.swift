public import DomainKit

/// The port to how far people have read. Every method fails `unavailable` while the store is away.
public protocol ReadMarkStore: Sendable {
    /// Moves the mark of `user`, a member, on to `seq`; one that is there already stays. Nil when there is no such room.
    func mark(_ user: UserID, in room: RoomID, readUpTo seq: Int64) async throws(Failure) -> ReadMarking?
    /// Those of the members, in the order of their ids, with where `viewer` stands at that moment: who is no member gets none. Nil when
    /// there is no such room.
    ///
    /// - Parameter isOwn: of the viewer alone.
    func marks(
        of room: RoomID, isOwn: Bool, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<ReadMark>)?
    /// Of each room `user` is in, in the order of their ids.
    func unread(of user: UserID) async throws(Failure) -> [Unread]
}

/// What was found when somebody had read, and what became of their mark.
public struct ReadMarking: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case made(ReadMark)
        /// They had read as far already.
        case unchanged(ReadMark)
        case refused
        /// The log does not go that far.
        case beyond
    }

    public let standing: Standing
    public let outcome: Outcome
    /// Of the room.
    public let members: Int

    public init(standing: Standing, outcome: Outcome, members: Int) {
        self.standing = standing
        self.outcome = outcome
        self.members = members
    }
}
