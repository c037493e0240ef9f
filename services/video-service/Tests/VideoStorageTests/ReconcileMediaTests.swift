import DomainKit
import Foundation
import NIOCore
import PlatformTesting
import Postgres
import Synchronization
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoStorage

@Suite("Store and database held against each other")
struct ReconcileMediaTests {
    let media = InMemoryMedia()
    let owner = Sample.user()

    private func put(_ key: MediaKey, _ text: String = "hello", hoursAgo: Double = 10) async throws {
        let upload = await media.begin(key)
        let writer = try await media.writer(to: upload, at: 0)
        await writer.write(ByteBuffer(string: text))
        let size = try await writer.flush()
        try await media.complete(upload, size: size)
        await media.date(key, Date(timeIntervalSinceNow: -hoursAgo * 3_600))
    }

    /// A ready video; its bytes are put by nobody.
    private func video(_ database: PostgresClient) async throws -> Video {
        let (video, upload) = Sample.pair(of: owner, details: try Sample.details(), size: 5, at: Date())
        let uploads = PostgresUploadStore(database: database)
        _ = try await uploads.insert(upload, of: video)
        let lease = Lease(token: UUID(), life: .seconds(60))
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        _ = try await uploads.record(5, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: true)
        _ = try await uploads.finish(upload.id, of: Sample.film, at: Date())
        return video
    }

    @Test func `what nobody owns is found, and removed when that is asked for; what somebody owns stays`() async throws
    {
        let database = try await migratedDatabase()
        let reconcile = ReconcileMedia(owners: PostgresMediaOwners(database: database), media: media)
        let owned = try await video(database)
        try await put(owned.mediaKey)
        let (coming, upload) = Sample.pair(of: owner, details: try Sample.details(), size: 5, at: Date())
        _ = try await PostgresUploadStore(database: database).insert(upload, of: coming)
        try await put(coming.mediaKey)
        try await put(MediaKey(of: VideoID(UUID())), hoursAgo: 0)
        let noted = MediaKey(of: VideoID(UUID()))
        try await put(noted)
        try await database.execute("INSERT INTO abandoned_media (media_key) VALUES (\(noted.text))")
        // What was made of a video: what is shown, what is being made, and what neither is.
        try await database.execute(
            "UPDATE processing_jobs SET published = 3, claims = 5, is_held = TRUE WHERE video_id = \(owned.id.uuid)")
        let made = [3, 5].map { MediaKey("poster.jpg", madeOf: owned.id, under: $0) }
        for key in made { try await put(key) }
        try await database.execute(
            "INSERT INTO abandoned_media (media_key) VALUES (\(MediaKey(madeOf: owned.id, under: 2).text))")
        let former = MediaKey("poster.jpg", madeOf: owned.id, under: 2)
        try await put(former)
        let unowned = [
            MediaKey("poster.jpg", madeOf: owned.id, under: 4), MediaKey("a/b", madeOf: VideoID(UUID()), under: 3),
            MediaKey(noted: "renditions/x/3/poster.jpg"), MediaKey(noted: "renditions/poster.jpg"),
            MediaKey(of: VideoID(UUID())), MediaKey(ofPart: UploadID(UUID())), MediaKey(noted: "videos/not-an-id"),
            MediaKey(noted: "videos/'; DROP TABLE videos; --"),
        ]
        for key in unowned { try await put(key) }

        func run(abandoning: Bool) async throws -> (found: Set<String>, noted: Int) {
            let found = Mutex<Set<String>>([])
            let outcome = try await reconcile(writtenBefore: Date(timeIntervalSinceNow: -3_600), abandoning: abandoning)
            {
                switch $0 {
                case .unowned(let object): found.withLock { _ = $0.insert("\(object.key.text) \(object.size)") }
                case .missing(let id), .damaged(let id): found.withLock { _ = $0.insert("missing \(id)") }
                }
            }
            #expect(outcome.unowned == found.withLock { $0.count } && outcome.missing == 0)
            return (found.withLock { $0 }, outcome.noted)
        }
        let expected = Set(unowned.map { "\($0.text) 5" })
        let looked = try await run(abandoning: false)
        #expect(looked.found == expected && looked.noted == 0)
        let told = try await run(abandoning: true)
        #expect(told.found == expected && told.noted == unowned.count)
        let again = try await run(abandoning: true)
        #expect(again.found.isEmpty && again.noted == 0)

        _ = try await MediaCleanup(notes: PostgresAbandonedMediaStore(database: database), media: media)(100)
        for key in unowned + [noted, former] { #expect(await media.objects[key] == nil) }
        for key in [owned.mediaKey, coming.mediaKey] + made { #expect(await media.objects[key] != nil) }
        await database.close()
    }

    @Test func `videos whose bytes are gone or fewer are told of, on every page, those taken down too`()
        async throws
    {
        let database = try await migratedDatabase()
        let reconcile = ReconcileMedia(owners: PostgresMediaOwners(database: database), media: media)
        typealias Finding = ReconcileMedia<PostgresMediaOwners, InMemoryMedia>.Finding
        var expected: Set<Finding> = []
        for index in 0..<105 {
            let video = try await video(database)
            switch index % 10 {
            case 0: expected.insert(.missing(video.id))
            case 1:
                expected.insert(.damaged(video.id))
                try await put(video.mediaKey, "hell")
            default: try await put(video.mediaKey)
            }
        }
        try await database.execute("UPDATE videos SET state = 'removed' WHERE get_byte(uuid_send(id), 15) % 2 = 0")
        let found = Mutex<[Finding]>([])
        let outcome = try await reconcile(writtenBefore: Date(), abandoning: true) { finding in
            found.withLock { $0.append(finding) }
        }
        let told = found.withLock { $0 }
        #expect(Set(told) == expected && told.count == expected.count)
        #expect(outcome.missing == 11 && outcome.damaged == 11 && outcome.unowned == 0)
        await database.close()
    }
}
