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

extension Cursor {
    /// Fails: `invalid` for a cursor that is none of a list in the order of time.
    func timePosition() throws(Failure) -> TimePosition { try TimePosition(self) }
}
