public import DomainKit

/// The place in a list of sessions, which is in the order of their ids, the newest first.
public struct SessionCursor: Sendable {
    public let id: SessionID

    public init(_ id: SessionID) {
        self.id = id
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        id = try parts.id()
        try parts.done()
    }

    public var cursor: Cursor { Cursor([id.description]) }
}
