import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

@Suite("How long things have been in a state", .serialized)
struct StateCensusTests {
    @Test func `every state is counted with its oldest, and an empty one as nothing`() async throws {
        let database = try await migratedDatabase()
        let (uploads, census) = (PostgresUploadStore(database: database), StateCensus(database: database))
        #expect(Set(try await census.counts().keys) == Set(StateCensus.State.allCases))
        #expect(try await census.counts().values.allSatisfy { $0 == StateCensus.Count() })
        let now = Date()
        for age in [10.0, 1_000] {
            let pair = Sample.pair(of: Sample.user(), details: try Sample.details(), at: now - age)
            _ = try await uploads.insert(pair.upload, of: pair.video)
        }
        let down = Sample.pair(of: Sample.user(), details: try Sample.details(), at: now)
        _ = try await uploads.insert(down.upload, of: down.video)
        try await database.execute("UPDATE uploads SET state = 'finished' WHERE id = \(down.upload.id.uuid)")
        try await database.execute("UPDATE videos SET state = 'ready' WHERE id = \(down.video.id.uuid)")
        let reports = PostgresReportStore(database: database)
        let reason = try Statement("x")
        for seconds in [50.0, 5] {
            _ = try await reports.report(
                VideoReport(
                    id: ReportID(UUID()), videoID: down.video.id, reporterID: Sample.user(), reason: reason,
                    at: now - seconds))
        }
        var counts = try await census.counts()
        #expect(counts[.uploading]?.number == 2 && counts[.reported]?.number == 2)
        #expect((1_000...1_100).contains(counts[.uploading]?.oldest ?? 0))
        #expect((50...150).contains(counts[.reported]?.oldest ?? 0))
        let removals = PostgresRemovalStore(database: database)
        let removal = Removal(reason: reason, by: Sample.user(), at: now - 200, eraseAt: now + 200)
        _ = try await removals.remove(down.video.id, removal, version: nil)
        counts = try await census.counts()
        #expect(counts[.removed]?.number == 1 && counts[.reported]?.number == 0)
        #expect((200...300).contains(counts[.removed]?.oldest ?? 0))
        _ = try await removals.appeal(down.video.id, Appeal(id: AppealID(UUID()), text: reason, at: now - 100))
        counts = try await census.counts()
        #expect(counts[.removed]?.number == 0 && counts[.appealed]?.number == 1)
        #expect((100...199).contains(counts[.appealed]?.oldest ?? 0))
        let videos = PostgresVideoStore(database: database)
        let stored = try await videos.find(down.video.id, visibleTo: Viewer(down.video.ownerID))
        _ = try await videos.delete(down.video.id, version: stored?.version ?? 0)
        counts = try await census.counts()
        #expect(counts[.abandoned]?.number == 1 && counts[.appealed]?.number == 0)
        await database.close()
    }
}
