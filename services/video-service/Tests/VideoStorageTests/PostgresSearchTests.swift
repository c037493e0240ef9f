import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing
import TextSearch
import VideoDomain
import VideoTestKit

@testable import VideoStorage

@Suite("Looking for videos in PostgreSQL", .serialized)
struct PostgresSearchTests {
    /// Videos as a program stores them that knows nothing of terms, all shown to all.
    private func storeAsBefore(_ database: PostgresClient, _ count: Int, title: String = "夏の動画 ") async throws {
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                search_text, created_at, updated_at)
            SELECT gen_random_uuid(), gen_random_uuid(), \(title) || n, 'Ｆｉｒｅｗｏｒｋｓ', '{}', 'public', 'ready',
                'video/mp4', 3, \(title) || n || E'\\nfireworks', now() + n * interval '1 second', now()
            FROM generate_series(1, \(count)) AS n
            """)
    }

    private func find(
        _ text: String, in database: PostgresClient, by viewer: Viewer = Sample.viewer()
    ) async throws -> [Video] {
        let query = try VideoQuery(viewer: viewer, text: text)
        return try await PostgresVideoStore(database: database).list(query, PageRequest()).items
    }

    @Test func `what a release before stored is found at once by its words, and by all once it is filled in`()
        async throws
    {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 250)
        #expect(try await find("動画 250", in: database).count == 1)
        #expect(try await find("Fireworks", in: database).count == 25)
        let fill = PostgresSearchBackfill(database: database)
        #expect(try await fill() == 250)
        #expect(try await fill() == 0)
        #expect(try await find("どうが", in: database).isEmpty)
        #expect(try await find("の動画", in: database).count == 25)
        #expect(
            try await database.first("SELECT count(*) FROM videos WHERE version <> 1")?.decode(Int64.self) == 0,
            "no reader sees a new version")
        await database.close()
    }

    @Test func `what a release before changes is filled in anew, past rows that others hold`() async throws {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 3)
        let fill = PostgresSearchBackfill(database: database)
        #expect(try await fill() == 3)
        let row = try await database.first("SELECT id FROM videos ORDER BY id LIMIT 1")
        let id = try #require(row).decode(UUID.self)
        try await database.execute(
            "UPDATE videos SET title = '冬', search_text = E'冬\\n', version = version + 1 WHERE id = \(id)")
        try await database.execute("UPDATE videos SET visibility = 'private' WHERE id <> \(id)")
        try await database.transaction { transaction in
            _ = try await transaction.query("SELECT 1 FROM videos WHERE id = \(id) FOR UPDATE")
            #expect(try await fill() == 0)
        }
        #expect(try await fill() == 1)
        #expect(try await find("冬", in: database).map(\.id.uuid) == [id])
        await database.close()
    }

    @Test func `every statement goes along an index, and none through all videos`() async throws {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 5_000)
        _ = try await PostgresSearchBackfill(database: database)(batch: 2_000)
        // Of these nothing is made.
        try await database.execute("ALTER TABLE videos DISABLE TRIGGER videos_that_come_ready")
        // Many beside as many as are looked through; a few at a time, as a statement has only so long.
        for number in 1...9 {
            try await database.execute(
                """
                INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                    search_text, search_title, search_folded, search_terms, created_at, updated_at)
                SELECT gen_random_uuid(), gen_random_uuid(), title, description, tags, visibility, state, content_type, size,
                    search_text, search_title, search_folded, search_terms, created_at + \(number) * interval '1 hour', updated_at
                FROM videos ORDER BY created_at LIMIT 5000
                """)
        }
        try await database.execute("VACUUM ANALYZE videos")
        let (viewer, frequencies) = (Sample.viewer(), TermFrequencies())
        try await frequencies.refresh(from: database)
        #expect(frequencies.sample?.videos == TermSample.size)
        for words in ["動画", "動画 77", "fireworks", "祭", "x"] {
            for rank in SearchQueries.Rank.allCases {
                for (sample, after) in [
                    (nil, nil), (frequencies.sample, nil),
                    (
                        frequencies.sample,
                        VideoQueries.Position(createdAt: Date(timeIntervalSinceNow: 5_000), id: VideoID(UUID()))
                    ),
                ] {
                    let queries = SearchQueries(
                        query: try VideoQuery(viewer: viewer, text: words), rank: rank, limit: 26, after: after,
                        sample: sample)
                    let plans = [
                        (queries.own, "videos_of_owner"), (queries.amongNewest, "videos_listed"),
                        (queries.byTerms, "videos_listed_by_terms"),
                    ]
                    for (statement, index) in plans {
                        let plan = try await plan(of: statement, in: database)
                        #expect(plan.contains(index) && !plan.contains("Seq Scan"), "\(words): \(plan)")
                    }
                }
            }
        }
        let ofOwner = SearchQueries(
            query: try VideoQuery(viewer: viewer, owner: Sample.user(), text: "動画"), rank: .title, limit: 26, after: nil
        )
        let plan = try await plan(of: ofOwner.ofOwner, in: database)
        #expect(plan.contains("videos_of_owner") && !plan.contains("Seq Scan"), "\(plan)")
        let missing = try await self.plan(
            of: "SELECT id FROM videos WHERE search_form IS NULL ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED",
            in: database)
        #expect(missing.contains("videos_of_former_form"))
        await database.close()
    }

    private func plan(of statement: SQL, in database: PostgresClient) async throws -> String {
        let rows = try await database.query("EXPLAIN \(sql: statement)")
        return try rows.map { try $0[0, as: String.self] }.joined(separator: "\n")
    }

    @Test func `a word that only the index knows of is found behind thousands of newer videos`() async throws {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 1, title: "鰻 ")
        try await database.execute("UPDATE videos SET created_at = now() - interval '1 year'")
        try await storeAsBefore(database, SearchQueries.newest + 500)
        _ = try await PostgresSearchBackfill(database: database)(batch: 2_000)
        #expect(try await find("鰻", in: database).count == 1)
        #expect(try await find("鰻 Fireworks", in: database).count == 1)
        await database.close()
    }

    @Test func `a search that goes by what is frequent finds what one that does not finds, page by page`() async throws
    {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 1_200, title: "夏の動画 common ")
        try await storeAsBefore(database, 3, title: "unagi 鰻 ")
        _ = try await PostgresSearchBackfill(database: database)()
        let frequencies = TermFrequencies()
        try await frequencies.refresh(from: database)
        let stores = [
            PostgresVideoStore(database: database),
            PostgresVideoStore(database: database, frequencies: frequencies),
        ]
        let viewer = Sample.viewer()
        for words in [
            "common", "comm", "unagi", "na", "鰻", "夏 7", "common 377", "fireworks", "fireworks una", "summer",
        ] {
            let query = try VideoQuery(viewer: viewer, text: words)
            var found: [[VideoID]] = []
            for store in stores {
                var (ids, page): ([VideoID], Page<Video>?) = ([], nil)
                repeat {
                    page = try await store.list(query, PageRequest(limit: 50, after: page?.next))
                    ids += page?.items.map(\.id) ?? []
                } while page?.next != nil
                found.append(ids)
            }
            #expect(found[0] == found[1] && found[0].isEmpty == (words == "summer"), "\(words)")
        }
        await database.close()
    }

    @Test func `terms are counted in what everybody may find, once none is of a former form`() async throws {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 20, title: "鰻 ")
        let frequencies = TermFrequencies()
        try await frequencies.refresh(from: database)
        #expect(frequencies.sample == nil)
        _ = try await PostgresSearchBackfill(database: database)()
        try await database.execute(
            "UPDATE videos SET visibility = 'private' WHERE id IN (SELECT id FROM videos ORDER BY id LIMIT 10)")
        try await frequencies.refresh(from: database)
        let sample = try #require(frequencies.sample)
        #expect(sample.videos == 10)
        #expect(sample.share(of: [SearchColumns.inTitle("鰻"), "fir"]) == 1)
        #expect(sample.share(of: ["fir", "鯛"]) == 0.2)
        try await storeAsBefore(database, 1)
        try await frequencies.refresh(from: database)
        #expect(frequencies.sample == nil)
        await database.close()
    }

    @Test func `the newest are looked through for frequent words alone, and the index is asked for the rarest terms`()
        throws
    {
        let counts = ["\u{1}com": 100, "\u{1}omm": 90, "\u{1}mmo": 7, "\u{1}mon": 50, "\u{1}夏": 400, "com": 300]
        func queries(_ words: String, _ rank: SearchQueries.Rank = .title) throws -> SearchQueries {
            SearchQueries(
                query: try VideoQuery(viewer: Sample.viewer(), text: words), rank: rank, limit: 26, after: nil,
                sample: TermSample(videos: 1_000, counts: counts))
        }
        #expect(try queries("com").isWorthLooking && queries("夏").isWorthLooking)
        #expect(try queries("common").isWorthLooking, "63 are to be expected")
        #expect(try queries("夏 common").isWorthLooking, "25 are")
        #expect(try !queries("com common").isWorthLooking, "6 are")
        #expect(try !queries("unagi").isWorthLooking)
        #expect(try !queries("夏", .elsewhere).isWorthLooking && queries("com", .elsewhere).isWorthLooking)
        #expect(try queries("common").terms(longest: 3) == ["\u{1}mmo", "\u{1}mon", "\u{1}omm"])
    }

    /// What `PostgresVideoStore` of the release before writes.
    private func storeTermsAsBefore(_ title: String, in database: PostgresClient) async throws {
        let terms = Set([title].flatMap { SearchTerms.of(word: $0, longest: 2) + SearchTerms.of(word: $0, longest: 1) })
        let all = terms.sorted() + terms.sorted().map(SearchColumns.inTitle)
        try await database.execute(
            """
            UPDATE videos SET title = \(title), search_text = \(title), search_title = \(title), search_folded = \(title),
                search_terms = \(all)
            """)
    }

    @Test func `terms of the release before are found by, behind thousands of newer videos, and made anew`()
        async throws
    {
        let database = try await migratedDatabase()
        try await storeAsBefore(database, 1)
        let fill = PostgresSearchBackfill(database: database)
        #expect(try await fill() == 1)
        try await storeTermsAsBefore("fireworks", in: database)
        try await database.execute("UPDATE videos SET created_at = now() - interval '1 year'")
        let former = "SELECT count(*) FROM videos WHERE search_form IS NULL" as SQL
        #expect(try await database.first(former)?.decode(Int64.self) == 1)
        // As one that has all terms, and would not be found by those of it that it does not have.
        try await database.execute("ALTER TABLE videos DISABLE TRIGGER videos_terms_noted")
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                search_text, search_title, search_folded, search_terms, search_form, created_at, updated_at)
            SELECT gen_random_uuid(), gen_random_uuid(), '冬', '', '{}', 'public', 'ready',
                'video/mp4', 3, '冬', '冬', '冬', ARRAY['冬'], 3, now() + n * interval '1 second', now()
            FROM generate_series(1, \(SearchQueries.newest + 1)) AS n
            """)
        try await database.execute("ALTER TABLE videos ENABLE TRIGGER videos_terms_noted")
        for word in ["fireworks", "rewo", "fi", "f", "firework rks"] {
            #expect(try await find(word, in: database).map(\.details.title.text) == ["fireworks"], "\(word)")
        }
        #expect(try await fill() == 1)
        #expect(try await database.first(former)?.decode(Int64.self) == 0)
        for word in ["fireworks", "rewo", "fi", "f", "firework rks"] {
            #expect(try await find(word, in: database).count == 1, "\(word)")
        }
        await database.close()
    }
}
