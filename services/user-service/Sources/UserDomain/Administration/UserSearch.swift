public import DomainKit

/// With what an address or a name shall begin. Width, case and the two forms of a domain do not count.
public struct UserSearch: Sendable, Hashable {
    /// Longer ones find nothing.
    public static let longest = 256

    public let address: String
    public let name: String

    public init(_ text: String = "") {
        name = text
        // A whole address is looked for in the form in which it is stored.
        address = (try? EmailAddress(text))?.description ?? text
    }

    public var isEmpty: Bool { name.isEmpty }
}

/// The place in a list of accounts: what they are found by, then their ids.
public struct UserSearchCursor: Sendable {
    /// So much of what is found counts for the order.
    public static let keyLength = 64

    public let key: String
    public let id: UserID

    public init(key: String, id: UserID) {
        self.key = key
        self.id = id
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        key = try parts.text()
        id = try parts.id()
        try parts.done()
    }

    public var cursor: Cursor { Cursor([key, id.description]) }
}
