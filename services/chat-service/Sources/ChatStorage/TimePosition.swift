import DomainKit
import Foundation
import Postgres

/// Where a list in the order of time goes on: a moment, and an id that tells apart what shares it.
struct TimePosition {
    /// Milliseconds of 1970 to 9999: what a clock of ours can have said.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799_999

    let date: Date
    let id: UUID

    init(_ date: Date, _ id: UUID) {
        self.date = date
        self.id = id
    }

    /// Fails: `invalid` for a cursor that is none of such a list.
    init(_ cursor: Cursor) throws(Failure) {
        guard cursor.parts.count == 2, let millis = Int64(cursor.parts[0]), Self.times.contains(millis),
            let id = ID<TimePosition>(cursor.parts[1])
        else { throw .invalidCursor }
        self.init(Date(timeIntervalSince1970: Double(millis) / 1_000), id.uuid)
    }

    var cursor: Cursor {
        let millis = Int64(exactly: (date.timeIntervalSince1970 * 1_000).rounded()) ?? 0
        return Cursor(["\(millis)", id.lowercased])
    }
}

extension Cursor {
    /// Fails: `invalid` for a cursor that is none of a list in the order of time.
    func timePosition() throws(Failure) -> TimePosition { try TimePosition(self) }
}
