import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import NIOCore
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoHTTP
import VideoStorage

@Suite("What is made of a video, over HTTP", .serialized)
struct ProcessingRoutesTests {
    let user = UUID()

    /// With the jobs of the service's database.
    private func serve(
        _ body: @escaping @Sendable (TestClient, PostgresJobStore) async throws -> Void
    ) async throws {
        let service = try await TestVideoService.onDatabase()
        let database = PostgresClient(PostgresConfiguration(connectionString: service.databaseURL))
        try await service.serve { api in try await body(api, PostgresJobStore(database: database)) }
        await database.close()
    }

    @Test func `a video shows how far it is, what came of it, and how large it is`() async throws {
        let user = user
        try await serve { api, jobs in
            let begun = try await api.create(5, as: user, ["visibility": "public"])
            let upload = try #require(begun.headers[.location])
            let id = try await api.append(Data("hello".utf8), to: upload, at: 0, as: user).headers[.videoID]
            let path = "/v1/videos/\(try #require(id))"
            func shown() async throws -> (state: String?, progress: Double?, reason: String?, width: Int?) {
                let video = try await api.send(.get, path, as: user).json
                let made = video["processing"] as? [String: Any]
                return (
                    made?["state"] as? String, made?["progress"] as? Double, made?["reason"] as? String,
                    video["width"] as? Int
                )
            }
            #expect(try await shown() == ("queued", 0, nil, nil))
            let job = try #require(try await jobs.claim(for: .seconds(60), mostTries: 3))
            _ = try await jobs.renew(job, progress: 0.333, for: .seconds(60))
            #expect(try await shown() == ("running", 0.33, nil, nil))
            _ = try await jobs.finish(job, Measures(milliseconds: 61_500, width: 1_920, height: 1_080), [])
            #expect(try await shown() == ("done", 1, nil, 1_920))
            let listed = try await api.send(.get, "/v1/videos", as: user).json["items"] as? [[String: Any]]
            #expect(listed?.first?["duration_ms"] as? Int == 61_500)
            _ = try await jobs.retry(job.videoID)
            let again = try #require(try await jobs.claim(for: .seconds(60), mostTries: 3))
            _ = try await jobs.skip(again, .unreadable, nil)
            #expect(try await shown() == ("skipped", 0, "unreadable", 1_920))
        }
    }

    @Test func `what is made of it changes what is read, and keeps nobody from changing the video`() async throws {
        let user = user
        try await serve { api, jobs in
            let path = "/v1/videos/\(try await api.video(Data("hello".utf8), as: user))"
            let before = try #require(try await api.send(.get, path, as: user).headers[.eTag])
            let job = try #require(try await jobs.claim(for: .seconds(60), mostTries: 3))
            _ = try await jobs.finish(job, Measures(milliseconds: 5, width: 1, height: 1), [])
            let read = try await api.send(.get, path, as: user, headers: [.ifNoneMatch: before])
            #expect(read.status == .ok && read.headers[.eTag] != before)
            let same = try await api.send(
                .get, path, as: user, headers: [.ifNoneMatch: try #require(read.headers[.eTag])])
            #expect(same.status == .notModified)
            let changed = try await api.send(
                .patch, path, as: user, #"{"title":"New"}"#, headers: [.ifMatch: before])
            #expect(changed.status == .ok)
            let stale = try await api.send(.delete, path, as: user, headers: [.ifMatch: before])
            #expect(stale.status == .preconditionFailed)
            let tag = try #require(changed.headers[.eTag])
            #expect(try await api.send(.delete, path, as: user, headers: [.ifMatch: tag]).status == .noContent)
        }
    }

    @Test func `a poster is linked to wherever a video is shown, and goes as the video does`() async throws {
        let (user, other) = (user, UUID())
        let service = try await TestVideoService.onDatabase()
        let database = PostgresClient(PostgresConfiguration(connectionString: service.databaseURL))
        let jobs = PostgresJobStore(database: database)
        let store = service.directory.appending(path: "media/objects/renditions")
        try await service.serve { api in
            let id = try await api.video(Data("hello".utf8), as: user, ["visibility": "unlisted"])
            let path = "/v1/videos/\(id)"
            #expect(try await api.send(.get, path, as: user).json["poster_url"] is NSNull)
            let job = try #require(try await jobs.claim(for: .seconds(60), mostTries: 3))
            let place = store.appending(path: "\(id)/\(job.claim)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try Data("a picture".utf8).write(to: place.appending(path: "poster.jpg"))
            _ = try await jobs.finish(job, Measures(milliseconds: 5, width: 1, height: 1), [.poster])
            let listed =
                try await api.send(.get, "/v1/videos?owner=\(user)", as: user).json["items"] as? [[String: Any]]
            let links = [
                try await api.send(.get, path, as: user).json["poster_url"], listed?.first?["poster_url"],
                try await api.send(.get, path, as: other).json["poster_url"],
                try await api.send(.get, path + "/playback", as: other).json["poster_url"],
            ]
            for link in links {
                let url = try #require(link as? String)
                let address = String(url[try #require(url.range(of: "/media/")).lowerBound...])
                let picture = try await api.send(.get, address, as: nil)
                #expect(picture.status == .ok && picture.body == Data("a picture".utf8))
                #expect(picture.headers[.contentType] == "image/jpeg")
            }
            service.tell(.banned, of: other, epoch: 1)
            let theirs = try #require(links.last as? String)
            let address = String(theirs[try #require(theirs.range(of: "/media/")).lowerBound...])
            #expect(try await api.send(.get, address, as: nil).code == "user.banned")
            try await database.execute("UPDATE videos SET state = 'removed' WHERE id = \(job.videoID.uuid)")
            #expect(try await api.send(.get, path, as: user).json["poster_url"] is NSNull, "nothing of it is shown")
        }
        await database.close()
    }
}
