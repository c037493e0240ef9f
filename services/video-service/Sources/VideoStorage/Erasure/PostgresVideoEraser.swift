public import DomainKit
public import ErasureWork
public import Foundation
public import Postgres
public import VideoDomain

/// Takes out the videos of an erased account, with their bytes and whatever is on its way, and where it stands beside videos of others.
///
/// Rows go first, each with a note on its bytes in the same transaction; the account is done when the last note on bytes of its
/// own is worked off, one of before too. A request that is writing to one of its uploads, or joins some, finds it gone before
/// its lease ends, and only then are the bytes taken out: none come after that.
public struct PostgresVideoEraser<Cleanup: MediaCleaning>: AccountEraser {
    private let cleanup: Cleanup
    private let atATime: Int

    public init(cleanup: Cleanup, atATime: Int = 50) {
        self.cleanup = cleanup
        self.atATime = atATime
    }

    public func step(
        _ account: UserID, from place: UUID?, in transaction: PostgresTransaction
    ) async throws -> ErasureStep {
        // Uploads before videos and these before what the account holds, as all do who change them: so both in one step would be
        // the wrong way round.
        let uploads = try await removeUploads(of: account, in: transaction)
        let videos = uploads == 0 ? try await removeVideos(of: account, in: transaction) : 0
        let removed = ["uploads": Int64(uploads), "videos": Int64(videos)]
        if uploads + videos > 0 { return ErasureStep(removed: removed, next: .more(from: nil)) }
        let traces = try await removeTraces(of: account, in: transaction)
        if !traces.isEmpty { return ErasureStep(removed: traces, next: .more(from: nil)) }
        let left = try await transaction.first(
            "SELECT EXISTS (SELECT FROM abandoned_media WHERE owner_id = \(account.uuid))")
        if try left?.decode(Bool.self) != false { return ErasureStep(next: .later) }
        try await transaction.execute("DELETE FROM idempotency_keys WHERE caller = \(account.description)")
        try await transaction.execute(
            """
            DELETE FROM holdings WHERE owner_id = \(account.uuid) AND uploads = 0 AND videos = 0 AND bytes = 0
            """)
        return ErasureStep(next: .done)
    }

    public func settle() async {
        await cleanup.soon()
    }

    /// What others showed to it, under whose name it reported, and words about it; empty when there is nothing left. Who decided what
    /// stays, by ids that are nobody's then.
    private func removeTraces(
        of account: UserID, in transaction: PostgresTransaction
    ) async throws -> [String: Int64] {
        var removed: [String: Int64] = [:]
        for (name, statement) in [
            ("grants", ErasureQueries.removeGrants(of: account, limit: atATime)),
            ("shares", ErasureQueries.removeShares(of: account, limit: atATime)),
            ("reports", ErasureQueries.leaveReports(of: account, limit: atATime)),
            ("words", ErasureQueries.removeWords(about: account, limit: atATime)),
        ] {
            let count = try await transaction.query(statement).count
            if count > 0 { removed[name] = Int64(count) }
        }
        return removed
    }

    private func removeUploads(of account: UserID, in transaction: PostgresTransaction) async throws -> Int {
        let rows = try await transaction.query(
            "SELECT id FROM uploads WHERE owner_id = \(account.uuid) ORDER BY id LIMIT \(atATime) FOR UPDATE")
        for row in rows {
            let id = UploadID(try row.decode(UUID.self))
            try await transaction.query(UploadQueries.remove(id, whenSettled: true))
        }
        return rows.count
    }

    private func removeVideos(of account: UserID, in transaction: PostgresTransaction) async throws -> Int {
        let rows = try await transaction.query(
            "SELECT id FROM videos WHERE owner_id = \(account.uuid) ORDER BY id LIMIT \(atATime) FOR UPDATE")
        for row in rows {
            let id = VideoID(try row.decode(UUID.self))
            try await transaction.query(VideoQueries.delete(id, key: MediaKey(of: id)))
        }
        return rows.count
    }
}
