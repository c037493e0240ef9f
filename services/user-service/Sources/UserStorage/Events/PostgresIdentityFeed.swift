import DomainKit
import Foundation
public import IdentityEvents
public import Postgres
import StorageKit

/// The events of accounts and sessions as they were committed: all of the last two hours, and the last one.
public struct PostgresIdentityFeed: IdentityFeed {
    private let database: PostgresClient
    private let page: Int

    /// - Parameter page: how many events at a time.
    public init(database: PostgresClient, page: Int = 1_000) {
        self.database = database
        self.page = page
    }

    public func events(after position: IdentityPosition?) async throws -> IdentityPage {
        try await look(after: position ?? .beginning).page
    }

    /// The database's time.
    func now() async throws(Failure) -> Date {
        try await fromPostgres {
            let rows = try await database.query("SELECT clock_timestamp()")
            guard let row = rows.first else { throw Failure.unavailable("postgres") }
            return try row[0, as: Date.self]
        }
    }

    struct Look {
        var page: IdentityPage
        /// Whether the position is that of an event that is kept, or before all of them.
        var isKnown: Bool
        /// Whether there may be more behind the page.
        var hasMore: Bool
    }

    func look(after position: IdentityPosition) async throws(Failure) -> Look {
        let tag = UUID(uuidString: position.tag)
        // No event has a tag that is none of ours.
        let seq = tag == nil && !position.tag.isEmpty ? 0 : position.seq
        var events = try await fromPostgres {
            // The event at the position is read along, as a sign that it is there: in one statement, as rows may go.
            try await database.query(
                """
                SELECT seq, tag, kind, user_id, session_id, epoch, at FROM identity_events
                WHERE seq >= coalesce((
                    SELECT seq FROM identity_events WHERE seq = \(seq) AND (\(tag)::uuid IS NULL OR tag = \(tag))), 0)
                ORDER BY seq LIMIT \(page + 1)
                """
            ).map(IdentityEventRow.read)
        }
        let hasMore = events.count > page
        let last = events.last?.position ?? .beginning
        let isThere = events.first.map { $0.seq == seq && (tag == nil || $0.position == position) } ?? false
        if isThere { events.removeFirst() }
        return Look(
            page: IdentityPage(events: events, next: last), isKnown: isThere || position == .beginning,
            hasMore: hasMore)
    }
}
