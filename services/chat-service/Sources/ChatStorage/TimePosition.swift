import DomainKit
import Foundation
import Postgres

/// Where a list in the order of time goes on: a moment, and an id that tells apart what shares it.
struct TimePosition {
    let date: Date
    let id: UUID

    init(_ date: Date, _ id: UUID) {
        self.date = date
        self.id = id
    }

    /// Fails: `invalid` for a cursor that is none of such a list.
    init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        date = try parts.date(in: .milliseconds)
        id = try parts.id(of: TimePosition.self).uuid
        try parts.done()
    }

    var cursor: Cursor { Cursor([Cursor.part(date, in: .milliseconds), id.lowercased]) }
}

extension UUID {
    /// When an id of version 7 was made (RFC 9562 §5.7); some time for any other.
    var time: Date {
        let bytes = uuid
        let milliseconds = [bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5].reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        return Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
    }
}

extension Cursor {
    /// Fails: `invalid` for a cursor that is none of a list in the order of time.
    func timePosition() throws(Failure) -> TimePosition { try TimePosition(self) }
}
