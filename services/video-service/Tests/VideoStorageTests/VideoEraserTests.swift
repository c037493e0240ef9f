import DomainKit
import ErasureWork
import Foundation
import NIOCore
import Postgres
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

/// What becomes of the videos of somebody who was erased.
@Suite("Erased accounts, in PostgreSQL", .serialized)
struct VideoEraserTests {
    struct House {
        let database: PostgresClient
        let media = InMemoryMedia()

        var uploads: PostgresUploadStore { PostgresUploadStore(database: database) }
        var notes: PostgresAbandonedMediaStore { PostgresAbandonedMediaStore(database: database) }
        var cleanup: MediaCleanup<PostgresAbandonedMediaStore, InMemoryMedia> {
            MediaCleanup(notes: notes, media: media)
        }
        var eraser: PostgresVideoEraser<MediaCleanup<PostgresAbandonedMediaStore, InMemoryMedia>> {
            PostgresVideoEraser(cleanup: cleanup, atATime: 2)
        }

        func step(_ user: UserID) async throws -> ErasureStep {
            try await database.transaction { try await eraser.step(user, from: nil, in: $0) }
        }

        /// An upload that was begun; a finished one leaves a video.
        func own(_ user: UserID, isFinished: Bool) async throws -> VideoID {
            let (video, upload) = Sample.pair(of: user, details: try Sample.details(), at: Date())
            _ = try await uploads.insert(upload, of: video)
            if isFinished {
                try await database.execute("UPDATE uploads SET received = size WHERE id = \(upload.id.uuid)")
                _ = try await uploads.finish(upload.id, of: Sample.film, at: Date())
            }
            return video.id
        }

        /// An upload whose bytes are on their way in the media store.
        func begun(_ user: UserID, state: Upload.State, parts: [UploadID] = []) async throws -> Upload {
            let video = Sample.pair(of: user, details: try Sample.details(), size: 3, at: Date()).video
            let id = UploadID(SystemIDSource().ordered())
            let bytes = await media.begin(state == .partial ? MediaKey(ofPart: id) : video.mediaKey)
            let writer = try await media.writer(to: bytes, at: 0)
            await writer.write(ByteBuffer(bytes: [1, 2, 3]))
            _ = try await writer.flush()
            let upload = Upload(
                id: id, videoID: state == .partial ? nil : video.id, parts: parts, ownerID: user, media: bytes,
                size: 3, state: state, metadata: nil, createdAt: Date(), expiresAt: Date() + 3_600)
            guard state == .joining else {
                _ = try await uploads.insert(upload, of: state == .partial ? nil : video)
                try await database.execute("UPDATE uploads SET received = 3 WHERE id = \(upload.id.uuid)")
                return upload
            }
            let limits = Holdings(uploads: .max, videos: .max, bytes: .max)
            return try await uploads.join(parts, to: upload, of: video.with(size: 0), within: limits, mostBytes: 100)
                ?? upload
        }

        /// Two parts, joined to one upload that nobody has finished, and one that is joined to nothing.
        func joined(_ user: UserID) async throws -> Upload {
            let parts = [try await begun(user, state: .partial), try await begun(user, state: .partial)]
            _ = try await begun(user, state: .partial)
            return try await begun(user, state: .joining, parts: parts.map(\.id))
        }

        /// Shows a video to somebody, and has it reported.
        func share(_ video: VideoID, with user: UserID, reportedBy reporter: UserID) async throws {
            let share = VideoShare(videoID: video, userID: user, sharedAt: Date())
            _ = try await PostgresShareStore(database: database).share(share, atMost: 10)
            let report = VideoReport(
                id: ReportID(UUID()), videoID: video, reporterID: reporter, reason: try Statement("No"), at: Date())
            _ = try await PostgresReportStore(database: database).report(report)
        }

        func erase(_ user: UserID) async throws -> ErasureStep {
            var step = try await step(user)
            for _ in 0..<20 where step.next != .done {
                await eraser.settle()
                step = try await self.step(user)
            }
            return step
        }

        func count(_ table: SQL, of user: UserID) async throws -> Int {
            try await database.first("SELECT count(*) FROM \(sql: table) WHERE owner_id = \(user.uuid)")?
                .decode(Int.self) ?? -1
        }
    }

    @Test func `rows go first, and it is done when the last bytes are gone`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other) = (Sample.user(), Sample.user())
        for index in 0..<5 { _ = try await house.own(gone, isFinished: index != 0) }
        _ = try await house.own(other, isFinished: true)
        _ = try await house.own(other, isFinished: false)
        var removed: [String: Int64] = [:]
        var step = try await house.step(gone)
        while step.next != .later {
            removed.merge(step.removed, uniquingKeysWith: +)
            step = try await house.step(gone)
        }
        #expect(removed == ["uploads": 5, "videos": 4], "the video of the one that was on its way goes with it")
        #expect(try await house.count("videos", of: gone) == 0)
        #expect(try await house.step(gone).next == .later, "bytes are there yet")
        await house.eraser.settle()
        #expect(try await house.step(gone).next == .done)
        #expect(try await house.notes.oldest(10).isEmpty)
        #expect(try await house.count("holdings", of: gone) == 0)
        #expect(try await house.count("videos", of: other) == 2)
        #expect(try await house.count("uploads", of: other) == 2)
        await house.database.close()
    }

    @Test func `parts and what is joined of them go with all their bytes, and nobody else's`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other) = (Sample.user(), Sample.user())
        _ = try await house.joined(gone)
        _ = try await house.begun(gone, state: .uploading)
        let kept = try await house.joined(other)
        #expect(try await house.erase(gone).next == .done)
        let left = await house.media.uploads
        #expect(left.count == 4, "three parts of another's, and what two of them are to be")
        #expect(try await house.count("uploads", of: gone) == 0)
        #expect(try await house.count("holdings", of: gone) == 0)
        let parts = try await house.uploads.parts(of: kept).map { ($0.media, $0.size) }
        try await house.media.complete(kept.media, joining: parts)
        #expect(try await house.uploads.finish(kept.id, of: Sample.film, at: Date()) != nil, "that goes on")
        await house.eraser.settle()
        let objects = await house.media.objects
        #expect(objects[kept.media.key] == [1, 2, 3, 1, 2, 3])
        await house.database.close()
    }

    @Test func `what is joined while it goes leaves nothing`() async throws {
        let house = House(database: try await migratedDatabase())
        let gone = Sample.user()
        let upload = try await house.joined(gone)
        let parts = try await house.uploads.parts(of: upload).map { ($0.media, $0.size) }
        // Somebody is at it: the bytes are there as one, and the rows do not say so yet.
        let lease = Lease(token: UUID(), life: .seconds(60))
        _ = try await house.uploads.claim(upload.id, of: gone, at: 0, lease)
        try await house.media.complete(upload.media, joining: parts)
        #expect(try await house.erase(gone).next == .later, "not before the lease of whoever joins has ended")
        #expect(try await house.uploads.finish(upload.id, of: Sample.film, at: Date()) == nil)
        #expect(await house.media.objects.keys.contains(upload.media.key))
        try await house.database.execute("UPDATE abandoned_media SET retry_at = now()")
        #expect(try await house.erase(gone).next == .done)
        let (objects, uploads) = (await house.media.objects, await house.media.uploads)
        #expect(objects.isEmpty && uploads.isEmpty)
        await house.database.close()
    }

    @Test func `bytes that were given up before are waited for as well`() async throws {
        let house = House(database: try await migratedDatabase())
        let gone = Sample.user()
        let video = try await house.own(gone, isFinished: true)
        _ = try await PostgresVideoStore(database: house.database).delete(video, version: 2)
        let parts = [try await house.begun(gone, state: .partial), try await house.begun(gone, state: .partial)]
        let upload = try await house.begun(gone, state: .joining, parts: parts.map(\.id))
        _ = try await house.uploads.finish(upload.id, of: Sample.film, at: Date())
        let notes = try await house.notes.oldest(10).count
        #expect(notes == 3, "of the video and of the parts that became one")
        try await house.database.execute("UPDATE abandoned_media SET retry_at = now() + interval '1 hour'")
        #expect(try await house.erase(gone).next == .later)
        try await house.database.execute("UPDATE abandoned_media SET retry_at = now()")
        #expect(try await house.erase(gone).next == .done)
        await house.database.close()
    }

    @Test func `others' notes are not waited for`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other) = (Sample.user(), Sample.user())
        let video = try await house.own(other, isFinished: true)
        _ = try await PostgresVideoStore(database: house.database).delete(video, version: 2)
        #expect(try await house.step(gone).next == .done)
        #expect(try await house.notes.oldest(10).count == 1)
        await house.database.close()
    }

    @Test func `a step that is cut off has done nothing, and is done again`() async throws {
        let house = House(database: try await migratedDatabase())
        let gone = Sample.user()
        for _ in 0..<2 { _ = try await house.own(gone, isFinished: false) }
        struct Killed: Error {}
        await #expect(throws: Killed.self) {
            try await house.database.transaction { transaction in
                _ = try await house.eraser.step(gone, from: nil, in: transaction)
                throw Killed()
            }
        }
        #expect(try await house.count("uploads", of: gone) == 2)
        #expect(try await house.step(gone).removed == ["uploads": 2, "videos": 0])
        await house.database.close()
    }

    @Test func `whoever writes to an upload of the account finds it gone`() async throws {
        let house = House(database: try await migratedDatabase())
        let gone = Sample.user()
        let (video, upload) = Sample.pair(of: gone, details: try Sample.details(), at: Date())
        _ = try await house.uploads.insert(upload, of: video)
        let lease = Lease(token: UUID(), life: .seconds(60))
        _ = try await house.uploads.claim(upload.id, of: gone, at: 0, lease)
        _ = try await house.step(gone)
        let noted = try await house.uploads.record(5, of: upload.id, lease, expiresAt: Date(), releasing: false)
        #expect(noted == .absent)
        await house.database.close()
    }

    @Test func `it is in nobody's shares any more, nor under any report, and others are`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other, owner) = (Sample.user(), Sample.user(), Sample.user())
        for _ in 0..<3 {
            let video = try await house.own(owner, isFinished: true)
            for person in [gone, other] { try await house.share(video, with: person, reportedBy: person) }
        }
        let own = try await house.own(gone, isFinished: true)
        try await house.share(own, with: other, reportedBy: other)
        var removed: [String: Int64] = [:]
        var step = try await house.step(gone)
        while step.next != .done {
            removed.merge(step.removed, uniquingKeysWith: +)
            await house.eraser.settle()
            step = try await house.step(gone)
        }
        #expect(removed["shares"] == 3 && removed["reports"] == 3)
        let shares = try await house.database.query("SELECT DISTINCT user_id FROM video_shares").decode(UUID.self)
        #expect(shares == [other.uuid])
        let names = try await house.database.query("SELECT reporter_id FROM video_reports").decode(UUID?.self)
        #expect(
            names.count == 6 && names.filter { $0 == other.uuid }.count == 3 && names.filter { $0 == nil }.count == 3)
        await house.database.close()
    }

    @Test func `words about it go out of the lines of who did what, and nothing else does`() async throws {
        let house = House(database: try await migratedDatabase())
        let (gone, other, judge) = (Sample.user(), Sample.user(), Sample.user())
        for owner in [gone, other] {
            for _ in 0..<3 {
                let removal = Removal(
                    reason: try Statement("Said by \(owner)"), by: judge, at: Date(), eraseAt: Date() + 60)
                _ = try await PostgresRemovalStore(database: house.database)
                    .remove(try await house.own(owner, isFinished: true), removal, version: nil)
            }
        }
        await #expect(throws: PostgresError.self) { try await house.erase(gone) }
        try await house.database.execute(
            "INSERT INTO account_erasures (user_id, position) VALUES (\(gone.uuid), '1')")
        #expect(try await house.erase(gone).next == .done)
        let lines = try await house.database.query("SELECT owner_id, actor_id, reason FROM moderation_actions")
            .decode((UUID, UUID, String?).self)
        #expect(lines.count == 6 && lines.allSatisfy { $0.1 == judge.uuid })
        #expect(lines.allSatisfy { ($0.2 == nil) == ($0.0 == gone.uuid) })
        for (change, owners) in [
            ("reason = NULL", [other]), ("reason = 'x'", [gone, other]),
            ("reason = NULL, actor_id = owner_id", [gone, other]),
        ] as [(SQL, [UserID])] {
            for owner in owners {
                await #expect(throws: PostgresError.self) {
                    try await house.database.execute(
                        "UPDATE moderation_actions SET \(sql: change) WHERE owner_id = \(owner.uuid)")
                }
            }
        }
        await #expect(throws: PostgresError.self) { try await house.database.execute("TRUNCATE moderation_actions") }
        await house.database.close()
    }
}
