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
        let cursor = page.after.map { range(of: $0) }
        if case .some(.none) = cursor { query.note("cursor", "invalid-cursor", "This cursor is not one of this list.") }
        if cursor != nil, after != nil || before != nil {
            query.note("cursor", "contradiction", "A cursor goes on by itself: leave after_seq and before_seq out.")
        }
        try query.done()
        if let cursor, let range = cursor { return (range, page.limit) }
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

    private static func range(of cursor: Cursor) -> HistoryRange? {
        let seqs = cursor.parts.dropFirst().map { Int64($0) }
        guard !seqs.isEmpty, seqs.allSatisfy({ $0.map { $0 >= 0 } ?? false }), let seq = seqs[0] else { return nil }
        switch (cursor.parts[0], seqs.count) {
        case ("after", 1): return .after(seq, before: nil)
        case ("after", 2): return .after(seq, before: seqs[1])
        case ("before", 1): return .before(seq)
        default: return nil
        }
    }
}
