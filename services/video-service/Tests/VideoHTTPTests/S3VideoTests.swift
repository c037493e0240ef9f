import AWSSigning
import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import PlatformTesting
import ServiceKit
import Synchronization
import Testing
import VideoHTTP
import VideoServer
import VideoTestKit

/// The service on a bucket of S3 instead of a directory.
@Suite("Videos in a bucket", .serialized)
struct S3VideoTests {
    let user = UUID()
    /// A part and a tail.
    let bytes = Data((0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 11) })

    private static func settings(by server: ScriptedHTTPServer? = nil) async throws -> [String: String] {
        let bucket = try await TestS3.shared()
        let endpoint = server?.url ?? bucket.endpoint
        return [
            "OBJECT_STORE_URL": "s3://\(try bucket.bucket())?region=us-east-1&endpoint=\(endpoint)",
            "DATABASE_URL": try await TestVideoService.database(),
        ]
    }

    private static func service(
        _ settings: [String: String], expiry: Date? = nil
    ) throws -> TestVideoService {
        let credentials = AWSCredentials(
            accessKeyID: TestS3.accessKeyID, secretAccessKey: TestS3.secretAccessKey, expiry: expiry)
        return try TestVideoService(
            settings: settings, rights: ScriptedRights(), credentials: StaticCredentials(credentials))
    }

    @Test func `any replica goes on with an upload, and the bucket hands the video out`() async throws {
        let (user, bytes) = (user, bytes)
        let settings = try await Self.settings()
        let path = try await Self.service(settings).serve { api in
            let created = try await api.create(bytes.count, as: user, ["filename": "夏.mp4", "filetype": "video/mp4"])
            let path = try #require(created.headers[.location])
            #expect(
                try await api.append(bytes.prefix(1_000), to: path, at: 0, as: user).headers[.uploadOffset] == "1000")
            return path
        }
        try await Self.service(settings).serve { api in
            #expect(try await api.offset(path, as: user).headers[.uploadOffset] == "1000")
            let done = try await api.append(bytes.dropFirst(1_000), to: path, at: 1_000, as: user)
            let video = try #require(done.headers[.videoID])
            let link = try await api.send(.get, "/v1/videos/\(video)/playback", as: user)
            let played = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: try link.string("url")), timeout: .seconds(30))
            #expect(played.headers.first(name: "Content-Type") == "video/mp4")
            #expect(played.headers.first(name: "Content-Disposition")?.hasPrefix("inline; filename=") == true)
            #expect(Data(Array(buffer: try await played.body.collect(upTo: 1 << 24))) == bytes)
            let own = try await api.send(.get, "/media/videos/\(video)?expires=1", as: nil)
            #expect(own.code == "video.link-invalid")
        }
    }

    @Test func `a link ends with the credentials that sign it`() async throws {
        let (user, bytes) = (user, bytes.prefix(100))
        let end = Date(timeIntervalSince1970: Date(timeIntervalSinceNow: 60).timeIntervalSince1970.rounded(.down))
        try await Self.service(Self.settings(), expiry: end).serve { api in
            let video = try await api.video(bytes, as: user)
            let link = try await api.send(.get, "/v1/videos/\(video)/playback", as: user)
            #expect(try Date(try link.string("expires_at"), strategy: Self.milliseconds) == end)
        }
    }

    private static let milliseconds = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    @Test func `without its bucket the service is there, and says what it cannot do`() async throws {
        var settings = try await Self.settings()
        #expect(try await Self.isDegraded(settings) == false)
        settings["OBJECT_STORE_URL"] = settings["OBJECT_STORE_URL"]?.replacing("s3://test-", with: "s3://none-")
        #expect(try await Self.isDegraded(settings) == true)
    }

    /// Whether the store is said to be away; nil when that is said to be worse than it is.
    private static func isDegraded(_ settings: [String: String]) async throws -> Bool? {
        let check = try service(settings).wiring.checks.first { $0.name == "object-store" }
        guard let check, check.need == .helpful else { return nil }
        return await check.run() != nil
    }

    @Test func `a bucket that is busy turns a writer away, and keeps what counted`() async throws {
        let (user, bytes) = (user, bytes)
        let isOut = Mutex(false)
        let upstream = try await TestS3.shared().endpoint
        let server = try await ScriptedHTTPServer.start(before: upstream) { _ in
            isOut.withLock { $0 } ? .answer(.init(503, [], "<Error><Code>SlowDown</Code></Error>")) : .pass
        }
        try await Self.service(Self.settings(by: server)).serve { api in
            let created = try await api.create(bytes.count, as: user)
            let path = try #require(created.headers[.location])
            try await api.append(bytes.prefix(1_000), to: path, at: 0, as: user)
            isOut.withLock { $0 = true }
            let refused = try await api.append(bytes.dropFirst(1_000), to: path, at: 1_000, as: user)
            #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] != nil)
            isOut.withLock { $0 = false }
            #expect(try await api.offset(path, as: user).headers[.uploadOffset] == "1000")
            let done = try await api.append(bytes.dropFirst(1_000), to: path, at: 1_000, as: user)
            #expect(done.headers[.videoID] != nil)
        }
    }
}
