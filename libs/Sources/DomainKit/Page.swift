/// One page of a keyset-ordered list.
public struct Page<Item> {
    public var items: [Item]
    /// Where the next page starts; nil on the last one.
    public var next: Cursor?

    public init(items: [Item], next: Cursor?) {
        self.items = items
        self.next = next
    }

    /// Makes a page of at most `limit` items out of the `limit + 1` a store asked for; the extra one only tells
    /// that there is more.
    public init(_ rows: [Item], limit: Int, key: (Item) -> Cursor) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? items.last.map(key) : nil
    }

    public func map<Other>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next)
    }
}

extension Page: Sendable where Item: Sendable {}

/// Which page of a list: how many items, and after which one.
public struct PageRequest: Sendable, Hashable {
    public static let limits = 1...100
    public static let defaultLimit = 25

    public var limit: Int
    public var after: Cursor?

    public init(limit: Int = PageRequest.defaultLimit, after: Cursor? = nil) {
        self.limit = limit
        self.after = after
    }
}
