import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import NIOCore
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoTestKit
import VideoStorage

@Suite("Renditions over HTTP", .serialized)
struct RenditionRoutesTests {
    let owner = UUID()
    let viewer = UUID()
    static let playlist = "#EXTM3U\n720p.m3u8\n"

    /// A service with a video of which there are renditions.
    private func serve(
        _ visibility: String = "unlisted", rights: ScriptedRights = ScriptedRights(),
        _ body: @escaping @Sendable (TestVideoService, TestClient, _ video: String, PostgresClient) async throws -> Void
    ) async throws {
        let owner = owner
        let service = try await TestVideoService.onDatabase(rights: rights)
        let database = PostgresClient(PostgresConfiguration(connectionString: service.databaseURL))
        try await service.serve { api in
            let id = try await api.video(Data("hello".utf8), as: owner, ["visibility": visibility])
            let jobs = PostgresJobStore(database: database)
            let job = try #require(try await jobs.claim(for: .seconds(60), mostTries: 3))
            let place = service.directory.appending(path: "media/objects/renditions/\(id)/\(job.claim)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (name, text) in [
                ("master.m3u8", Self.playlist), ("720p.m3u8", "#EXTM3U\n"), ("720p.mp4", "0123456789"),
                ("thumbnails.vtt", "WEBVTT\n"), ("thumbnails.jpg", "picture"),
            ] { try Data(text.utf8).write(to: place.appending(path: name)) }
            _ = try await jobs.finish(
                job, Measures(milliseconds: 7_200_000, width: 1_280, height: 720), [.ladder, .thumbnails])
            try await body(service, api, id, database)
        }
        await database.close()
    }

    /// Path of the playlist that somebody's player chooses from.
    private func address(_ video: String, as user: UUID, _ api: TestClient, _ name: String = "hls_url") async throws
        -> String
    {
        let url = try await api.send(.get, "/v1/videos/\(video)/playback", as: user).string(name)
        return String(url[try #require(url.range(of: "/media/")).lowerBound...])
    }

    private func beside(_ address: String, _ name: String) -> String {
        address.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    }

    @Test func `whoever may watch gets a playlist, and all that it names, by ranges too`() async throws {
        let (owner, viewer) = (owner, viewer)
        try await serve { _, api, video, _ in
            for user in [owner, viewer] {
                let address = try await address(video, as: user, api)
                let playlist = try await api.send(.get, address, as: nil)
                #expect(playlist.status == .ok && playlist.body == Data(Self.playlist.utf8))
                #expect(playlist.headers[.contentType] == "application/vnd.apple.mpegurl")
                #expect(try await api.send(.head, address, as: nil).status == .ok)
                let part = try await api.send(
                    .get, beside(address, "720p.mp4"), as: nil, headers: [.range: "bytes=2-4"])
                #expect(part.status == .partialContent && part.body == Data("234".utf8))
                #expect(part.headers[.contentType] == "video/mp4")
                let map = try await self.address(video, as: user, api, "thumbnails_url")
                #expect(try await api.send(.get, map, as: nil).body == Data("WEBVTT\n".utf8))
                #expect(
                    try await api.send(.get, beside(map, "thumbnails.jpg"), as: nil).headers[.contentType]
                        == "image/jpeg")
            }
        }
    }

    @Test func `an address leads nowhere else, and a forged one nowhere at all`() async throws {
        let viewer = viewer
        try await serve { _, api, video, _ in
            let address = try await address(video, as: viewer, api)
            for name in [
                "..%2f..%2f..%2fvideos", "master", "master.txt", ".m3u8", "MASTER.m3u8", "a.b.mp4", "720p.mp4%00",
                "720p.mp4/x", "",
                String(repeating: "a", count: 60) + ".mp4",
            ] {
                #expect(try await api.send(.get, beside(address, name), as: nil).status.code >= 400, "\(name)")
            }
            #expect(try await api.send(.get, beside(address, "480p.mp4"), as: nil).code == "video.not-found")
            let ticket = try #require(address.split(separator: "/").dropLast().last).map(String.init).joined()
            for forged in [
                "x", "", String(ticket.dropLast()), String(ticket.reversed()), ticket + "A",
                String(repeating: "A", count: 4_000),
            ] {
                let answer = try await api.send(.get, "/media/hls/\(forged)/master.m3u8", as: nil)
                #expect(answer.status.code >= 400 && answer.status.code < 500, "\(forged)")
            }
            #expect(try await api.send(.get, address + "?x=1", as: nil).status == .badRequest)
            #expect(try await api.send(.put, address, as: nil).status.code >= 400)
        }
    }

    @Test func `a ban, a session's end and a change of the account end it at once`() async throws {
        let (viewer, other) = (viewer, UUID())
        try await serve { service, api, video, _ in
            let session = UUID()
            let first = try await address(video, as: viewer, api.later(session: session))
            let second = try await address(video, as: viewer, api.later(session: UUID()))
            let third = try await address(video, as: other, api)
            for address in [first, second, third] {
                #expect(try await api.send(.get, beside(address, "720p.mp4"), as: nil).status == .ok)
            }
            service.tell(.sessionEnded, of: viewer, session: session)
            #expect(try await api.send(.get, beside(first, "720p.mp4"), as: nil).code == "video.link-revoked")
            #expect(try await api.send(.get, beside(second, "720p.mp4"), as: nil).status == .ok)
            service.tell(.banned, of: viewer, epoch: 1)
            #expect(try await api.send(.get, beside(second, "720p.mp4"), as: nil).code == "user.banned")
            #expect(try await api.send(.get, beside(third, "720p.mp4"), as: nil).status == .ok)
        }
    }

    @Test func `it lives as long as it is confirmed, and no longer than it was made for`() async throws {
        let viewer = viewer
        try await serve { service, api, video, database in
            let address = try await address(video, as: viewer, api)
            let life = try await database.first(
                "SELECT EXTRACT(EPOCH FROM expires_at - clock_timestamp())::float8 FROM playback_grants")
            let seconds = try #require(try life?.decode(Double.self))
            #expect(seconds > 27_000 && seconds <= 28_800, "four times two hours")
            // The service has not looked at it yet.
            try await database.execute("UPDATE playback_grants SET confirmed_at = confirmed_at - interval '61 minutes'")
            #expect(try await api.send(.get, address, as: nil).code == "video.link-expired")
            let again = try await self.address(video, as: viewer, api)
            #expect(try await api.send(.get, again, as: nil).status == .ok)
            #expect(try await api.send(.get, address, as: nil).code == "video.link-expired", "what is over stays over")
            let repeated = try await self.address(video, as: viewer, api)
            let rows = try await database.first("SELECT count(*) FROM playback_grants")
            #expect(try rows?.decode(Int64.self) == 1, "one for a credential")
            #expect(try await api.send(.get, repeated, as: nil).status == .ok)
        }
    }

    @Test func `who may watch no more is refused at the next look`() async throws {
        let (owner, viewer) = (owner, viewer)
        for (change, code) in [
            ("UPDATE videos SET visibility = 'private'", "video.not-found"),
            ("UPDATE videos SET state = 'removed'", "video.not-found"), ("DELETE FROM videos", "video.link-expired"),
        ] as [(SQL, String)] {
            try await serve { _, api, video, database in
                let address = try await address(video, as: viewer, api)
                try await database.execute(change)
                #expect(try await api.send(.get, address, as: nil).code == code, "\(change)")
                _ = owner
            }
        }
    }
}
