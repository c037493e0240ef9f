import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoStorage

/// Several at once, and what a kill leaves.
@Suite("Moderation in PostgreSQL", .serialized, .timeLimit(.minutes(2)))
struct PostgresModerationTests {
    private struct House {
        let database: PostgresClient
        let owner = Sample.user()

        var removals: PostgresRemovalStore { PostgresRemovalStore(database: database) }
        var reports: PostgresReportStore { PostgresReportStore(database: database) }

        func begun() async throws -> (video: VideoID, upload: UploadID) {
            let pair = Sample.pair(of: owner, details: try Sample.details(), at: Date())
            _ = try await PostgresUploadStore(database: database).insert(pair.upload, of: pair.video)
            try await database.execute("UPDATE uploads SET received = size WHERE id = \(pair.upload.id.uuid)")
            return (pair.video.id, pair.upload.id)
        }

        func ready() async throws -> VideoID {
            let (video, upload) = try await begun()
            _ = try await PostgresUploadStore(database: database).finish(upload, of: Sample.film, at: Date())
            return video
        }

        func remove(_ video: VideoID) async throws -> Change<Video> {
            let removal = Removal(reason: try Statement("No"), by: Sample.user(), at: Date(), eraseAt: Date() + 60)
            return try await removals.remove(video, removal, version: nil)
        }

        func appeal(_ video: VideoID) async throws -> Appealing {
            try await removals.appeal(
                video, Appeal(id: AppealID(UUID()), text: try Statement("Mine"), at: Date()))
        }

        func report(_ video: VideoID, by person: UserID) async throws -> Reporting {
            try await reports.report(
                VideoReport(
                    id: ReportID(UUID()), videoID: video, reporterID: person, reason: try Statement("No"), at: Date()))
        }

        func lines(_ video: VideoID) async throws -> [String] {
            try await database.query(
                "SELECT action FROM moderation_actions WHERE video_id = \(video.uuid) ORDER BY at, action"
            ).decode(String.self)
        }
    }

    /// All at once; what came of each.
    private func atOnce<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for index in 0..<count { group.addTask { try await body(index) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `of moderators who decide an appeal at once one does`() async throws {
        let house = House(database: try await migratedDatabase())
        for _ in 0..<5 {
            let video = try await house.ready()
            _ = try await house.remove(video)
            _ = try await house.appeal(video)
            let outcomes = try await atOnce(8) { index in
                try await house.removals.decide(
                    video, index % 2 == 0 ? .granted : .rejected, Verdict(by: Sample.user(), at: Date()), version: nil)
            }
            let done = outcomes.filter { if case .done = $0 { true } else { false } }
            #expect(done.count == 1)
            let decisions = try await house.lines(video).filter { $0.hasPrefix("appeal-") }
            #expect(decisions.count == 1)
            let state = try await house.database.first("SELECT state FROM videos WHERE id = \(video.uuid)")?
                .decode(String.self)
            #expect(state == (decisions == ["appeal-granted"] ? "ready" : "removed"))
        }
        await house.database.close()
    }

    @Test func `of two tries to appeal, or to report, at once one counts`() async throws {
        let house = House(database: try await migratedDatabase())
        let (video, person) = (try await house.ready(), Sample.user())
        let reporting = try await atOnce(8) { _ in try await house.report(video, by: person) }
        let made = reporting.compactMap { if case .made(let report) = $0 { report } else { nil } }
        #expect(made.count == 1)
        #expect(
            reporting.compactMap { if case .already(let first) = $0 { first.id } else { nil } }
                == Array(repeating: made[0].id, count: 7))
        _ = try await house.remove(video)
        let appealing = try await atOnce(8) { _ in try await house.appeal(video) }
        #expect(appealing.filter { if case .made = $0 { true } else { false } }.count == 1)
        #expect(try await house.lines(video).filter { $0 == "appealed" }.count == 1)
        await house.database.close()
    }

    @Test func `nothing is taken down that is on its way, and what is finished meanwhile is whole`() async throws {
        let house = House(database: try await migratedDatabase())
        let uploads = PostgresUploadStore(database: house.database)
        for _ in 0..<10 {
            let (video, upload) = try await house.begun()
            if case .absent = try await house.remove(video) {} else { Issue.record("it is not there yet") }
            let removed = try await atOnce(2) { index in
                if index == 0 {
                    _ = try await uploads.finish(upload, of: Sample.film, at: Date())
                    return false
                }
                return try await house.remove(video).value != nil
            }.contains(true)
            // Whoever goes on with an upload finds it finished, and that puts nothing back.
            _ = try await uploads.finish(upload, of: Sample.film, at: Date())
            let state = try await house.database.first("SELECT state FROM videos WHERE id = \(video.uuid)")?
                .decode(String.self)
            #expect(state == (removed ? "removed" : "ready"))
            let removal = try await house.removals.removal(of: video)
            #expect((removal != nil) == removed)
        }
        await house.database.close()
    }

    @Test func `of a report and its video's end none is left open`() async throws {
        let house = House(database: try await migratedDatabase())
        for _ in 0..<10 {
            let video = try await house.ready()
            _ = try await atOnce(6) { index in
                if index == 3 {
                    _ = try await house.remove(video)
                } else {
                    _ = try await house.report(video, by: Sample.user())
                }
            }
            let open = try await house.database.first(
                "SELECT count(*) FROM video_reports WHERE video_id = \(video.uuid) AND decision IS NULL")
            #expect(try open?.decode(Int64.self) == 0)
        }
        await house.database.close()
    }
}
