import DomainKit
import ErasureWork
import Foundation
import Postgres
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

/// Somebody who is erased beside others who stay.
extension VideoEraserTests {
    /// The answers that are kept of what an account made: a video of its own in them, and the address it came from.
    private func keepAnswers(of account: UserID, in database: PostgresClient) async throws {
        for (route, status) in [("POST /v1/uploads", 201), ("POST /v1/uploads/multipart", 201)] {
            try await database.execute(
                """
                INSERT INTO idempotency_keys
                    (caller, route, key, fingerprint, token, lease_until, expires_at, status, fields, body)
                VALUES (\(account.description), \(route), 'k', 'f', gen_random_uuid(), now(), now() + interval '1 day',
                        \(Int32(status)), '{}', \(Data("title of \(account)".utf8)))
                """)
        }
        // One that is being answered.
        try await database.execute(
            """
            INSERT INTO idempotency_keys (caller, route, key, fingerprint, token, lease_until, expires_at)
            VALUES (\(account.description), 'POST /v1/videos/{id}/reports', 'k', 'f', gen_random_uuid(),
                    now() + interval '1 minute', now() + interval '1 day')
            """)
    }

    @Test func `the answers kept of what it made go with it, and nobody else's`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other) = (Sample.user(), Sample.user())
        for account in [gone, other] {
            _ = try await house.own(account, isFinished: true)
            try await keepAnswers(of: account, in: house.database)
        }
        #expect(try await house.erase(gone).next == .done)
        let callers = try await house.database.query("SELECT caller FROM idempotency_keys").decode(String.self)
        #expect(callers == Array(repeating: other.description, count: 3))
        await house.database.close()
    }

    /// The rows that have these words in them somewhere, as text or as bytes, by the table they are in.
    private func rows(with words: String, in database: PostgresClient) async throws -> [String: [String]] {
        let tables = try await database.query(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).decode(String.self)
        var found: [String: [String]] = [:]
        for table in tables {
            try #require(table.allSatisfy { $0.isLowercase || $0 == "_" })
            let rows = try await database.query(
                """
                SELECT t::text FROM \(sql: SQL(stringLiteral: table)) t
                WHERE strpos(t::text, \(words)) > 0
                   OR strpos(t::text, encode(convert_to(\(words), 'UTF8'), 'hex')) > 0 ORDER BY 1
                """
            ).decode(String.self)
            if !rows.isEmpty { found[table] = rows }
        }
        return found
    }

    /// A video, an upload on its way, a video that was taken down against an appeal, another's video that is shown to it and that it
    /// reported, and answers.
    private func furnish(_ account: UserID, beside owner: UserID, by judge: UserID, in house: House) async throws {
        _ = try await house.own(account, isFinished: true)
        _ = try await house.own(account, isFinished: false)
        try await house.share(try await house.own(owner, isFinished: true), with: account, reportedBy: account)
        let removed = try await house.own(account, isFinished: true)
        let removal = Removal(
            reason: try Statement("Said by \(account)"), by: judge, at: Date(), eraseAt: Date() + 60)
        _ = try await PostgresRemovalStore(database: house.database).remove(removed, removal, version: nil)
        try await house.database.execute(
            """
            UPDATE video_removals SET appeal_id = gen_random_uuid(), appeal_text = \("Appeal of \(account)"),
                appealed_at = now(), appeal_state = 'open' WHERE video_id = \(removed.uuid)
            """)
        try await house.database.execute(
            "UPDATE videos SET title = \("Title of \(account)") WHERE owner_id = \(account.uuid)")
        try await keepAnswers(of: account, in: house.database)
        // It plays what is shown to it.
        let grants = PostgresPlaybackGrants(database: house.database)
        for row in try await house.database.query("SELECT id FROM videos WHERE owner_id = \(owner.uuid)") {
            _ = try await grants.grant(
                VideoID(try row[0, as: UUID.self]), to: Viewer(account), until: Date(timeIntervalSinceNow: 3_600))
        }
    }

    @Test func `of whoever was erased nothing is left, and of whoever stays everything`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other, owner, judge) = (Sample.user(), Sample.user(), Sample.user(), Sample.user())
        for account in [gone, other] { try await furnish(account, beside: owner, by: judge, in: house) }
        try await house.database.execute(
            "INSERT INTO account_erasures (user_id, position) VALUES (\(gone.uuid), '1')")
        let before = try await rows(with: other.description, in: house.database)
        #expect(
            Set(before.keys).isSuperset(of: [
                "videos", "uploads", "video_shares", "video_reports", "video_removals", "moderation_actions",
                "idempotency_keys", "holdings", "processing_jobs", "playback_grants",
            ]))
        #expect(try await house.erase(gone).next == .done)
        let after = try await rows(with: other.description, in: house.database)
        for (table, was) in before { #expect(after[table] == was, "\(table)") }
        let left = try await rows(with: gone.description, in: house.database)
        // Who was judged, by an id that is nobody's, and that it is to be erased.
        #expect(Set(left.keys) == ["moderation_actions", "account_erasures"])
        for words in ["Title of \(gone)", "Appeal of \(gone)", "Said by \(gone)"] {
            #expect(try await rows(with: words, in: house.database) == [:], "\(words)")
        }
        let owned = try await house.count("videos", of: owner)
        #expect(owned == 2, "what was only shown to it stays")
        await house.database.close()
    }
}
