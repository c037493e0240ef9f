import ChatDomain
import DomainKit
import HTTPKit
import Hummingbird

/// `?after_seq=&before_seq=&limit=&cursor=` of a room's messages.
///
/// With `after_seq`, the oldest messages after it; otherwise the newest, before `before_seq` if there is one. Items
/// are in the order of `seq` either way; the cursor goes on in the same direction.
enum HistoryQuery {
    static func read(_ request: Request) throws(Failure) -> (HistoryRange, limit: Int) {
        var query = try QueryReader(request)
        let page = query.page()
        let after = query.integer("after_seq", in: 0...Int.max)
        let before = query.integer("before_seq", in: 1...Int.max)
        if page.after != nil, after != nil || before != nil {
            query.note("cursor", "contradiction", "A cursor goes on by itself: leave after_seq and before_seq out.")
        }
        try query.done()
        if let cursor = page.after { return (try range(of: cursor), page.limit) }
        if let after { return (.after(Int64(after), before: before.map { Int64($0) }), page.limit) }
        return (.before(before.map { Int64($0) }), page.limit)
    }

    /// Where the list goes on after `messages`.
    static func cursor(after messages: [Message], _ range: HistoryRange) -> Cursor? {
        switch range {
        case .after(_, let before):
            messages.last.map { Cursor(["after", "\($0.seq)"] + (before.map { ["\($0)"] } ?? [])) }
        case .before:
            messages.first.map { Cursor(["before", "\($0.seq)"]) }
        }
    }

    /// Fails: `invalidCursor`.
    private static func range(of cursor: Cursor) throws(Failure) -> HistoryRange {
        var parts = CursorParts(cursor)
        let direction = try parts.text()
        let seq = try parts.integer(in: 0 ... .max)
        let range: HistoryRange
        switch (direction, cursor.parts.count) {
        case ("after", 3): range = .after(seq, before: try parts.integer(in: 0 ... .max))
        case ("after", _): range = .after(seq, before: nil)
        case ("before", _): range = .before(seq)
        default: throw .invalidCursor
        }
        try parts.done()
        return range
    }
}
