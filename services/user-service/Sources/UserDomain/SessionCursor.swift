public import DomainKit

/// The place in a list of sessions, which is in the order of their ids, the newest first.
public struct SessionCursor: Sendable {
    public let id: SessionID

    public init(_ id: SessionID) {
        self.id = id
    }

    /// Fails: `invalid`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        guard cursor.parts.count == 1, let id = SessionID(cursor.parts[0]) else {
            throw .invalid([Violation(pointer: "?cursor", code: "invalid", detail: "This is no cursor of this list.")])
        }
        self.id = id
    }

    public var cursor: Cursor { Cursor([id.description]) }
}
