public import DomainKit

/// Notes how far the caller has read in a room.
public struct MarkRead<Marks: ReadMarkStore, Events: RoomEvents>: Sendable {
    private let marks: Marks
    private let events: Events
    private let isShown: Bool

    /// - Parameter isShown: members are told how far others have read.
    public init(marks: Marks, events: Events, isShown: Bool) {
        self.marks = marks
        self.events = events
        self.isShown = isShown
    }

    /// The caller's mark as it is now. Fails: `roomNotFound`, `notAMember`, `readBeyondEnd`, `unavailable`.
    public func callAsFunction(upTo seq: Int64, in id: RoomID, as caller: UserID) async throws(Failure) -> ReadMark {
        guard let marking = try await marks.mark(caller, in: id, readUpTo: seq) else { throw .roomNotFound(id) }
        _ = try marking.standing.membership(of: id)
        switch marking.outcome {
        case .made(let mark):
            if isShown, marking.members <= ReadMark.mostToldMembers { events.announce(.read(mark)) }
            return mark
        case .unchanged(let mark): return mark
        case .beyond: throw .readBeyondEnd(of: id)
        case .refused: throw .notAMember(of: id)
        }
    }
}

/// Shows a member how far those in a room have read.
public struct ListReadMarks<Marks: ReadMarkStore>: Sendable {
    private let marks: Marks
    private let isShown: Bool

    /// - Parameter isShown: of others too.
    public init(marks: Marks, isShown: Bool) {
        self.marks = marks
        self.isShown = isShown
    }

    /// Fails: `roomNotFound`, `notAMember`, `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(
        of id: RoomID, _ page: PageRequest, as viewer: Viewer
    ) async throws(Failure) -> Page<ReadMark> {
        guard let found = try await marks.marks(of: id, isOwn: !isShown, page, for: viewer) else {
            throw .roomNotFound(id)
        }
        _ = try found.standing.membership(of: id)
        return found.page
    }
}

/// Tells what the caller has not read yet, in all rooms they are in.
public struct CountUnread<Marks: ReadMarkStore>: Sendable {
    private let marks: Marks

    public init(marks: Marks) {
        self.marks = marks
    }

    /// Fails: `unavailable`.
    public func callAsFunction(as caller: UserID) async throws(Failure) -> [Unread] {
        try await marks.unread(of: caller)
    }
}
