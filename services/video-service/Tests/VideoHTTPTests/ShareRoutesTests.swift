import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoHTTP

@Suite("Sharing over HTTP", .serialized)
struct ShareRoutesTests {
    let owner = UUID()
    let friend = UUID()
    let other = UUID()

    private func secret(_ api: TestClient) async throws -> String {
        "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner, ["visibility": "private", "title": "secret"]))"
    }

    @Test func `whom a video is shared with sees it from the next request on, and until the one after it is not`()
        async throws
    {
        let (owner, friend) = (owner, friend)
        try await TestVideoService.onDatabase().serve { api in
            let video = try await secret(api)
            let share = "\(video)/shares/\(friend)"
            #expect(try await api.send(.get, video, as: friend).status == .notFound)
            let made = try await api.send(.put, share, as: owner)
            #expect(made.status == .created && made.json["user_id"] as? String == friend.lowercased)
            let again = try await api.send(.put, share, as: owner)
            #expect(again.status == .ok && again.json["shared_at"] as? String == made.json["shared_at"] as? String)
            #expect(try await api.send(.get, video, as: friend).status == .ok)
            #expect(try await api.send(.get, "\(video)/playback", as: friend).status == .ok)
            #expect(try await api.send(.get, "/v1/videos?shared=me", as: friend).ids.count == 1)
            for query in ["", "?q=secret", "?owner=\(owner)"] {
                #expect(try await api.send(.get, "/v1/videos\(query)", as: friend).ids == [])
            }
            #expect(try await api.send(.delete, share, as: owner).status == .noContent)
            for path in [video, "\(video)/playback"] {
                #expect(try await api.send(.get, path, as: friend).code == "video.not-found")
            }
            #expect(try await api.send(.get, "/v1/videos?shared=me", as: friend).ids == [])
            #expect(try await api.send(.delete, share, as: owner).status == .noContent)
        }
    }

    @Test func `its owner alone says whom a video is shared with, and whoever it is may go`() async throws {
        let (owner, friend, other) = (owner, friend, other)
        try await TestVideoService.onDatabase().serve { api in
            let video = try await secret(api)
            try await api.send(.put, "\(video)/shares/\(friend)", as: owner)
            for (path, method) in [
                ("/shares", .get), ("/shares/\(other)", .put), ("/shares/\(owner)", .delete),
            ] as [(String, HTTPRequest.Method)] {
                #expect(try await api.send(method, video + path, as: friend).code == "video.not-yours", "\(path)")
                #expect(try await api.send(method, video + path, as: other).code == "video.not-found", "\(path)")
            }
            let listed = try await api.send(.get, "\(video)/shares", as: owner)
            #expect((listed.json["items"] as? [[String: Any]])?.map { $0["user_id"] as? String } == [friend.lowercased])
            #expect(try await api.send(.delete, "\(video)/shares/\(friend)", as: friend).status == .noContent)
            #expect(try await api.send(.get, video, as: friend).status == .notFound)
            #expect(try await api.send(.delete, "\(video)/shares/\(other)", as: other).status == .noContent)
        }
    }

    @Test func `a share that makes no sense is refused and says why`() async throws {
        let (owner, friend) = (owner, friend)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await secret(api)
            let own = try await api.send(.put, "\(video)/shares/\(owner)", as: owner)
            #expect(own.status == .unprocessableContent && own.code == "video.shared-with-owner")
            let nobody = try await api.send(.put, "\(video)/shares/7", as: owner)
            #expect(nobody.status == .badRequest && nobody.pointers == ["/user_id"])
            let body = try await api.send(.put, "\(video)/shares/\(friend)", as: owner, #"{"role":"editor"}"#)
            #expect(body.status == .badRequest)
            #expect(try await api.send(.put, "\(video)/shares/\(friend)?role=editor", as: owner).status == .badRequest)
            #expect(try await api.send(.get, "\(video)/shares?user=x", as: owner).pointers == ["?user"])
            #expect(try await api.send(.put, "/v1/videos/7/shares/\(friend)", as: owner).code == "video.not-found")
            let database = PostgresClient(PostgresConfiguration(connectionString: service.databaseURL))
            try await database.execute(
                "INSERT INTO account_erasures (user_id, position) VALUES (\(friend), '1')")
            #expect(try await api.send(.put, "\(video)/shares/\(friend)", as: owner).code == "video.account-erased")
            try await database.execute(
                """
                INSERT INTO video_shares SELECT id, gen_random_uuid(), now() FROM videos, generate_series(1, \(VideoShare.most))
                """)
            await database.close()
            let full = try await api.send(.put, "\(video)/shares/\(UUID())", as: owner)
            #expect(full.status == .conflict && full.code == "video.too-many-shares")
            #expect(full.json["limit"] as? Int == VideoShare.most)
            let page = try await api.send(.get, "\(video)/shares?limit=100", as: owner)
            #expect((page.json["items"] as? [Any])?.count == VideoShare.most && page.json["next_cursor"] is NSNull)
        }
    }

    @Test func `nobody makes and takes back more shares in a minute than is allowed`() async throws {
        let (owner, friend) = (owner, friend)
        try await TestVideoService.onDatabase(["SHARES_PER_MINUTE": "2"]).serve { api in
            let video = try await secret(api)
            for (method, left) in [(HTTPRequest.Method.put, 1), (.delete, 0)] {
                let answer = try await api.send(method, "\(video)/shares/\(friend)", as: owner)
                #expect(answer.headers[.rateLimit]?.contains("r=\(left)") == true)
            }
            for method in [HTTPRequest.Method.put, .delete] {
                let refused = try await api.send(method, "\(video)/shares/\(friend)", as: owner)
                #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
            }
            #expect(try await api.send(.delete, "\(video)/shares/\(friend)", as: friend).status == .noContent)
            #expect(try await api.send(.get, "\(video)/shares", as: owner).status == .ok)
        }
    }
}
