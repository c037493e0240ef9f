/// The prepared statements of one connection, by their text; bounded, the one unused for longest goes first.
///
/// Not `Caching.RecentlyUsed`: that drops half of what it holds at once and tells nobody. Here each one dropped has to be
/// deallocated on the server, none may go that the same request asked for, and a look may not drop any.
struct StatementCache {
    final class Entry {
        let text: String
        let types: [PostgresType]
        let name: CString
        let effect: StatementEffect
        /// Its parse was sent; others may build on it.
        var isSent = false
        /// Its parse succeeded.
        var isConfirmed = false
        fileprivate var lastUse: UInt64 = 0

        fileprivate init(_ sql: SQL, number: UInt64) {
            text = sql.text
            types = sql.placeholders.map(\.type)
            name = CString("s\(number)")
            effect = StatementEffect(of: sql.text)
        }

        fileprivate func fits(_ sql: SQL) -> Bool {
            guard types.count == sql.placeholders.count else { return false }
            for index in types.indices where types[index] != sql.placeholders[index].type { return false }
            return true
        }
    }

    let limit: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var made: UInt64 = 0
    /// Forgotten here and still to be forgotten by the server.
    private(set) var dropped: [Entry] = []

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var count: Int { entries.count }

    /// The entry of a statement, made if need be. The same text with binds of other types takes the place of the old.
    mutating func entry(for sql: SQL) -> Entry {
        uses += 1
        if let entry = entries[sql.text] {
            if entry.fits(sql) {
                entry.lastUse = uses
                return entry
            }
            drop(entry)
        }
        made += 1
        let entry = Entry(sql, number: made)
        entry.lastUse = uses
        entries[sql.text] = entry
        return entry
    }

    /// Drops the longest unused until there are no more than may be, but none of the last `kept` asked for.
    mutating func makeRoom(keepingLast kept: Int) {
        while entries.count > limit {
            guard let oldest = entries.values.min(by: { $0.lastUse < $1.lastUse }),
                oldest.lastUse + UInt64(kept) <= uses
            else { return }
            drop(oldest)
        }
    }

    /// Forgets an entry, and has the server forget it if it knows it.
    mutating func drop(_ entry: Entry) {
        forget(entry)
        if entry.isSent { dropped.append(entry) }
    }

    /// Forgets an entry the server does not have.
    mutating func forget(_ entry: Entry) {
        if entries[entry.text] === entry { entries[entry.text] = nil }
    }

    mutating func takeDropped() -> [Entry] {
        defer { dropped.removeAll() }
        return dropped
    }
}
