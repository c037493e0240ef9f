import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import VideoHTTP
import VideoTestKit

@Suite("Quotas over HTTP", .serialized)
struct QuotaRoutesTests {
    static let quotas = "free uploads=2 videos=3 bytes=100; member uploads=4 videos=9 bytes=1KiB"
    let user = UUID()

    private func used(_ quota: String, _ api: TestClient) async throws -> [Int?] {
        let answer = try await api.send(.get, "/v1/me/quota", as: user)
        #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
        let use = answer.json[quota] as? [String: Any]
        return [use?["used"] as? Int, use?["limit"] as? Int]
    }

    @Test func `one is told what one has and may have, by one's tier`() async throws {
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": Self.quotas]).serve { api in
            #expect(try await used("uploads_in_flight", api) == [0, 2])
            _ = try await api.create(40, as: user)
            _ = try await api.video(Data("hello".utf8), as: user)
            #expect(try await used("uploads_in_flight", api) == [1, 2])
            #expect(try await used("videos", api) == [2, 3])
            #expect(try await used("bytes", api) == [45, 100])
            #expect(try await used("bytes", api.paying()) == [45, 1_024])
            #expect(try await used("videos", api.paying("gold")) == [2, 3])
            #expect(try await api.send(.get, "/v1/me/quota", as: nil).status == .unauthorized)
            #expect(try await api.send(.get, "/v1/me/quota?x=1", as: user).status == .badRequest)
        }
    }

    @Test func `what goes beyond is refused with the limit and what is used of it, until something goes`() async throws
    {
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": Self.quotas]).serve { api in
            let first = try #require(try await api.create(60, as: user).headers[.location])
            let tooMuch = try await api.create(41, as: user)
            #expect(tooMuch.status == .forbidden && tooMuch.code == "video.quota-exceeded")
            #expect(tooMuch.headers[.tusResumable] == "1.0.0" && tooMuch.headers[.location] == nil)
            #expect(try tooMuch.string("quota") == "bytes")
            #expect(tooMuch.json["limit"] as? Int == 100 && tooMuch.json["used"] as? Int == 60)
            _ = try await api.create(40, as: user)
            let third = try await api.create(0, as: user)
            #expect(third.code == "video.quota-exceeded" && third.json["quota"] as? String == "uploads_in_flight")
            #expect(third.json["limit"] as? Int == 2 && third.json["used"] as? Int == 2)
            try await api.send(.delete, first, as: user)
            #expect(try await api.create(60, as: user).status == .created)
            #expect(try await api.create(1, as: UUID()).status == .created, "others have their own")
        }
    }

    @Test func `a video that is deleted makes room`() async throws {
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": Self.quotas]).serve { api in
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await api.video(Data("hello".utf8), as: user)) }
            let full = try await api.create(1, as: user)
            #expect(full.code == "video.quota-exceeded" && full.json["quota"] as? String == "videos")
            let gone = try await api.send(.delete, "/v1/videos/\(ids[0])", as: user, headers: [.ifMatch: "*"])
            #expect(gone.status == .noContent)
            _ = try await api.video(Data("hello".utf8), as: user)
        }
    }

    @Test func `who was a member goes on with what they began, and begins nothing more`() async throws {
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": Self.quotas]).serve { api in
            var paths: [String] = []
            for _ in 0..<4 {
                paths.append(try #require(try await api.paying().create(200, as: user).headers[.location]))
            }
            #expect(try await used("uploads_in_flight", api) == [4, 2])
            #expect(try await api.create(0, as: user).code == "video.quota-exceeded")
            for path in paths {
                let done = try await api.append(Data(repeating: 7, count: 200), to: path, at: 0, as: user)
                #expect(done.status == .noContent && done.headers[.videoID] != nil)
            }
            #expect(try await used("bytes", api) == [800, 100])
        }
    }

    @Test func `a creation that is repeated is the first one, when all is full too`() async throws {
        let service = try await TestVideoService.onDatabase(["VIDEO_QUOTAS": "free uploads=1 videos=1 bytes=5"])
        try await service.serve { api in
            let first = try await api.create(5, as: user, headers: [.idempotencyKey: "one"])
            #expect(first.status == .created)
            #expect(try await api.create(5, as: user, headers: [.idempotencyKey: "two"]).status == .forbidden)
            for _ in 0..<2 {
                let again = try await api.create(5, as: user, headers: [.idempotencyKey: "one"])
                #expect(again.status == .created && again.headers[.location] == first.headers[.location])
                // As after a kill between what it did and the keeping of its answer.
                try await service.forgetAnswers()
            }
            try await api.send(.delete, try #require(first.headers[.location]), as: user)
            let two = try await api.create(5, as: user, headers: [.idempotencyKey: "two"])
            #expect(two.status == .created, "a refusal is not kept")
        }
    }

    @Test func `how large an upload may be is told before and at its creation`() async throws {
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": Self.quotas]).serve { api in
            let abilities = try await api.send(.options, "/v1/uploads", as: nil)
            #expect(abilities.headers[.tusMaxSize] == "1024")
            #expect(abilities.headers[.uploadLimit] == "max-size=1024, max-age=86400")
            let created = try await api.create(1, as: user)
            #expect(created.headers[.uploadLimit] == "max-size=100, max-age=86400")
            #expect(try await api.paying().create(1, as: user).headers[.uploadLimit] == "max-size=1024, max-age=86400")
        }
        let wide = try TestVideoService(settings: ["MAX_UPLOAD_BYTES": "7"], rights: ScriptedRights())
        try await wide.serve { api in
            let abilities = try await api.send(.options, "/v1/uploads", as: nil)
            #expect(abilities.headers[.tusMaxSize] == "7")
            #expect(abilities.headers[.uploadLimit] == "max-size=7, max-age=86400")
        }
    }
}

@Suite("Limits over HTTP", .serialized)
struct LimitTests {
    private func limited(_ redis: String, _ database: String) throws -> TestVideoService {
        try TestVideoService(
            settings: ["UPLOADS_PER_MINUTE": "2", "REDIS_URL": redis, "DATABASE_URL": database],
            rights: ScriptedRights(), limits: nil)
    }

    @Test func `uploads are begun so often by one account, at all replicas together`() async throws {
        let (redis, user) = (try await TestRedis.shared().url, UUID())
        let first = try await TestVideoService.onDatabase()
        try await limited(redis, first.databaseURL).serve { api in
            let answer = try await api.create(1, as: user)
            #expect(answer.status == .created)
            #expect(answer.headers[.rateLimitPolicy] == #""uploads";q=2;w=60"#)
            #expect(answer.headers[.rateLimit]?.hasPrefix(#""uploads";r=1;t="#) == true)
            #expect(try await api.create(1, as: user).status == .created)
        }
        let second = try limited(redis, first.databaseURL)
        try await second.serve { api in
            // The first replica's key is another one: the same user with a token of this one.
            let answer = try await api.create(1, as: user)
            #expect(answer.status == .tooManyRequests && answer.code == "platform.rate-limited")
            #expect(answer.headers[.retryAfter] != nil && answer.headers[.tusResumable] == "1.0.0")
            #expect(answer.headers[.rateLimit]?.hasPrefix(#""uploads";r=0;t="#) == true)
            #expect(try await api.create(1, as: UUID()).status == .created)
            #expect(try await api.send(.get, "/v1/uploads", as: user).status == .ok)
        }
    }

    @Test func `without Redis a replica counts for itself, and goes on`() async throws {
        let user = UUID()
        let there = try await TestVideoService.onDatabase()
        try await limited("redis://127.0.0.1:1", there.databaseURL).serve { api in
            var answers: [HTTPResponse.Status] = []
            for _ in 0..<3 { answers.append(try await api.create(1, as: user).status) }
            #expect(answers == [.created, .created, .tooManyRequests])
        }
    }
}
