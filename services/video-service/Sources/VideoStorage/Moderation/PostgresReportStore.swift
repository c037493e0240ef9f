public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Reports of videos, in PostgreSQL.
public struct PostgresReportStore: ReportStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// The video's row is locked for it: what is taken down meanwhile leaves no open report behind.
    public func report(_ report: VideoReport) async throws -> Reporting {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard
                    let video = try await transaction.first(RemovalQueries.lock(report.videoID)).flatMap(
                        VideoQueries.video),
                    video.state == .ready
                else { return .absent }
                if let reporter = report.reporterID,
                    let row = try await transaction.first(ReportQueries.find(of: video.id, by: reporter))
                {
                    return try ReportQueries.reported(row).map { .already($0.report) } ?? .absent
                }
                _ = try await transaction.query(ReportQueries.insert(report))
                return .made(report)
            }
        }
    }

    public func report(_ id: ReportID) async throws -> ReportedVideo? {
        try await fromPostgres { try await database.first(ReportQueries.find(id)).flatMap(ReportQueries.reported) }
    }

    public func reports(_ query: ReportQuery, _ page: PageRequest) async throws -> Page<ReportedVideo> {
        var after: (Date, ReportID)?
        if let cursor = page.after {
            var parts = CursorParts(cursor)
            after = (try parts.date(), try parts.id())
            try parts.done()
        }
        return try await fromPostgres {
            let rows = try await database.query(ReportQueries.list(query, limit: page.limit + 1, after: after))
            return try knownRows(rows, page, key: ReportQueries.cursor, read: ReportQueries.reported)
        }
    }

    public func dismiss(_ id: ReportID, _ verdict: Verdict) async throws -> ReportedVideo? {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard try await transaction.first(ReportQueries.dismiss(id, verdict)) != nil,
                    let done = try await transaction.first(ReportQueries.find(id)).flatMap(ReportQueries.reported)
                else { return nil }
                _ = try await transaction.query(
                    RemovalQueries.note(
                        .reportDismissed, of: done.video, by: verdict.by, at: verdict.at, verdict.answer))
                return done
            }
        }
    }
}
