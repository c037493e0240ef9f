import Crypto
import Foundation
import HTTPTypes
import PlatformTesting
import Testing
import VideoDomain
import VideoHTTP

/// What files are is told by their bytes, whatever they are said to be.
@Suite("Contents of uploads over HTTP", .serialized)
struct ContentsRoutesTests {
    let user = UUID()
    static let film = Data(
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8) + [1, 2, 3])

    @Test(arguments: [
        ("video/mp4", Data("hello, I am no film at all".utf8), "unknown-container"),
        ("video/mp4", Data(), "unknown-container"),
        ("video/webm", film, "other-container"), ("text/html", film, "other-container"),
    ])
    func `a file that lies about its type fails before anybody can watch it, and holds no room`(
        type: String, bytes: Data, reason: String
    ) async throws {
        let (user, stranger) = (user, UUID())
        try await TestVideoService.onDatabase(contents: KnownContainers()).serve { api in
            let video = try await api.video(bytes, as: user, ["visibility": "public", "filetype": type])
            let shown = try await api.send(.get, "/v1/videos/\(video)", as: user)
            let processing = try #require(shown.json["processing"] as? [String: Any])
            #expect(try shown.string("state") == "failed" && processing["reason"] as? String == reason)
            #expect(processing["state"] as? String == "failed" && shown.json["size"] as? Int == 0)
            let played = try await api.send(.get, "/v1/videos/\(video)/playback", as: user)
            #expect(played.status == .conflict && played.code == "video.failed")
            for path in ["", "/playback"] {
                let other = try await api.send(.get, "/v1/videos/\(video)\(path)", as: stranger)
                #expect(other.status == .notFound && other.code == "video.not-found")
            }
            let quota = try await api.send(.get, "/v1/me/quota", as: user)
            #expect((quota.json["bytes"] as? [String: Any])?["used"] as? Int == 0)
            #expect((quota.json["uploads_in_flight"] as? [String: Any])?["used"] as? Int == 0)
            let removed = try await api.send(
                .delete, "/v1/videos/\(video)", as: user, headers: [.ifMatch: try #require(shown.headers[.eTag])])
            #expect(removed.status == .noContent)
        }
    }

    @Test func `a film that nobody named a type for is sent as what it is`() async throws {
        let user = user
        try await TestVideoService.onDatabase(contents: KnownContainers()).serve { api in
            let video = try await api.video(Self.film, as: user)
            let shown = try await api.send(.get, "/v1/videos/\(video)", as: user)
            #expect(try shown.string("state") == "ready" && shown.string("content_type") == "video/mp4")
            let processing = try #require(shown.json["processing"] as? [String: Any])
            #expect(processing["state"] as? String == "queued" && processing["reason"] is NSNull)
            let played = try await api.send(.get, api.link(video, as: user), as: nil)
            #expect(played.body == Self.film && played.headers[.contentType] == "video/mp4")
        }
    }

    @Test func `bytes that were joined, or put past us, are looked at too`() async throws {
        let user = user
        try await TestVideoService.onDatabase(contents: KnownContainers()).serve { api in
            for (first, state) in [(Self.film, "ready"), (Data("no film".utf8), "failed")] {
                let parts = [
                    try await api.part(of: first.count, as: user, first),
                    try await api.part(of: 3, as: user, Data("abc".utf8)),
                ]
                let joined = try await api.join(parts, as: user, ["filetype": "video/mp4"])
                let video = try #require(joined.headers[.videoID])
                #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).string("state") == state)

                let direct = try await DirectUpload.begin(first, as: user, api)
                let etag = try #require(try await direct.put(1, by: try await direct.links([1])))
                let completed = try await direct.complete([(1, etag)])
                #expect(completed.status == .ok)
                #expect(try completed.string("state") == state)
            }
        }
    }
}
