import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// The way of a film with a bucket of S3 in place of the directory, as in a cluster.
    @Suite(.serialized)
    struct BucketTests {
        private let film = Film.beginning((0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 &* 41 &+ $0 >> 10) })

        @Test(.timeLimit(.minutes(4)))
        func
            `a film gets into a bucket by two replicas, one of which is killed, is watched in ranges, and leaves nothing`()
            async throws
        {
            try await onBucket { server, bucket in
                let author = try await Person.signUp("author")
                let upload = try await ResumableUpload.create(film, by: author, visibility: "private")
                async let finished = upload.insist(piece: 700_000)
                try await eventually("a third is stored") { try await upload.offset() > 7_000_000 ? true : nil }
                try await Platform.kill(.video)
                try await Platform.start(.video, settings: Self.settings(server, bucket))
                let video = try await finished

                let link = try await author.link(to: video)
                #expect(link.hasPrefix("\(server.endpoint)/\(bucket)/videos/"))
                #expect(try await author.film(video) == film)
                for range in [0..<1, 8_388_600..<8_388_620, 19_999_990..<20_000_000] {
                    let bytes = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
                    let part = try await API().call(.GET, link, headers: [("Range", bytes)])
                    // This server's status for it is 200.
                    let told = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(film.count)"
                    #expect(part.headers.first(name: "Content-Range") == told && part.bytes == Array(film[range]))
                }
                try await remove(video, of: author)
                try await eventually("the bucket is empty") { try server.keys(in: bucket).isEmpty ? true : nil }
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `a film gets into a bucket past the service, in parts, whoever completes it`() async throws {
            try await onBucket { server, bucket in
                let author = try await Person.signUp("author")
                let upload = try await PartedUpload.begin(film, by: author)
                let etags = try await upload.putAll()
                let digest = SHA256.hash(data: film).map { String(format: "%02x", $0) }.joined()
                let wrong = try await upload.complete(etags, sha256: String(repeating: "0", count: 64))
                #expect(wrong.status == 422 && wrong.problemCode == "video.checksum-mismatch")
                #expect(try server.keys(in: bucket).filter { $0.hasPrefix("videos/") }.isEmpty)
                async let first = upload.at(Platform.videoPorts[0]).complete(etags, sha256: digest)
                async let second = upload.at(Platform.videoPorts[1]).complete(etags, sha256: digest)
                #expect(try await [first.status, second.status] == [200, 200])
                #expect(try await author.film(upload.videoID) == film)
                try await remove(upload.videoID, of: author)
                try await eventually("the bucket is empty") { try server.keys(in: bucket).isEmpty ? true : nil }
            }
        }

        private static func settings(_ server: TestS3, _ bucket: String) -> [String: String] {
            [
                "OBJECT_STORE_URL": "s3://\(bucket)?region=us-east-1&endpoint=\(server.endpoint)",
                "AWS_ACCESS_KEY_ID": TestS3.accessKeyID, "AWS_SECRET_ACCESS_KEY": TestS3.secretAccessKey,
                "SWEEP_SECONDS": "1",
            ]
        }

        private func onBucket(_ work: (TestS3, String) async throws -> Void) async throws {
            let server = try await TestS3.shared()
            let bucket = try server.bucket()
            for part in [Platform.Part.video, .secondVideo] {
                try await Platform.start(part, settings: Self.settings(server, bucket))
            }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await work(server, bucket))
            } catch {
                outcome = .failure(error)
            }
            for part in [Platform.Part.video, .secondVideo] { try await Platform.start(part) }
            try outcome.get()
        }

        private func remove(_ video: String, of author: Person) async throws {
            let shown = try await author.api.call(.GET, "/v1/videos/\(video)")
            let version = try #require(shown.headers.first(name: "ETag"))
            let removed = try await author.api.call(.DELETE, "/v1/videos/\(video)", headers: [("If-Match", version)])
            #expect(removed.status == 204)
        }
    }
}
