import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

extension PostgresVideoStore {
    /// A page of those that have all words, by rank; goes on with the next rank where one has no more.
    func search(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video> {
        let after = try page.after.map { cursor throws(Failure) in try SearchPosition(cursor) }
        return try await fromPostgres {
            let sample = frequencies.sample
            var found: [(rank: SearchQueries.Rank, row: PostgresRow)] = []
            for rank in SearchQueries.Rank.allCases where rank.rawValue >= after?.rank.rawValue ?? 0 {
                let left = page.limit + 1 - found.count
                if left <= 0 { break }
                let queries = SearchQueries(
                    query: query, rank: rank, limit: left, after: rank == after?.rank ? after?.position : nil,
                    sample: sample)
                found += try await rows(queries).map { (rank, $0) }
            }
            let shown = found.prefix(page.limit)
            let next =
                found.count > page.limit ? try shown.last.map { try SearchPosition.cursor($0.rank, $0.row) } : nil
            return Page(items: try shown.compactMap { try VideoQueries.video($0.row) }, next: next)
        }
    }

    private func rows(_ queries: SearchQueries) async throws -> [PostgresRow] {
        if queries.query.owner != nil { return Array(try await database.query(queries.ofOwner)) }
        async let ofOwn = database.query(queries.own)
        // With a tag there is an index already that leaves few.
        let isLooking = queries.query.tag == nil && queries.isWorthLooking
        var others = isLooking ? Array(try await database.query(queries.amongNewest)) : []
        // Those of the newest that have no terms yet are known from above alone.
        if others.count < queries.limit { others += Array(try await database.query(queries.byTerms)) }
        var all: [VideoQueries.Position: PostgresRow] = [:]
        for row in Array(try await ofOwn) + others { all[try VideoQueries.Position(of: row)] = row }
        return all.sorted { $0.key > $1.key }.prefix(queries.limit).map(\.value)
    }
}

/// Where a page of a search begins: behind a video, within a rank.
struct SearchPosition {
    let rank: SearchQueries.Rank
    let position: VideoQueries.Position

    /// Fails: `invalidCursor`.
    init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        guard let rank = SearchQueries.Rank(rawValue: try parts.integer()) else { throw .invalidCursor }
        self.rank = rank
        position = VideoQueries.Position(createdAt: try parts.date(), id: try parts.id())
        try parts.done()
    }

    static func cursor(_ rank: SearchQueries.Rank, _ row: PostgresRow) throws -> Cursor {
        let position = try VideoQueries.Position(of: row)
        return Cursor(["\(rank.rawValue)", Cursor.part(position.createdAt), position.id.description])
    }
}
