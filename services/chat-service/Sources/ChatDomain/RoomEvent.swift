public import DomainKit

/// What those who are in a room hear of it while they listen.
public enum RoomEvent: Sendable {
    case message(Message)
    /// The log goes this far; whoever has less has missed something.
    case logReached(RoomID, seq: Int64)
    /// The changes go this far; whoever has less has missed something.
    case changesReached(RoomID, change: Int64)
    /// Edited, or deleted.
    case messageChanged(MessageChange)
    /// Who is in it, or what it is set to.
    case notice(RoomNotice)
    /// Is not in it any more, as was found without having been told.
    case memberGone(RoomID, UserID)
    case roomDeleted(RoomID)
    case typing(RoomID, UserID)
    /// Somebody has read on.
    case read(ReadMark)
}

/// The port through which a use case tells what it has stored.
public protocol RoomEvents: Sendable {
    /// Returns at once and never fails: what is announced is durable, and whoever misses it finds it in the log.
    ///
    /// Messages of one room are to be announced in the order of their `seq`, as far as one process stores them.
    func announce(_ event: RoomEvent)
}
