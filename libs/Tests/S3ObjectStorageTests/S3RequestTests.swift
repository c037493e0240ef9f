import AWSSigning
import Crypto
import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import S3ObjectStorage
import Testing

@Suite struct S3RequestTests {
    @Test func `bytes are hashed once, and the hash is what is signed and what the store checks`() async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { _ in .pass }
        let (store, bytes) = (try bucket.store(by: server), pattern(100_000))
        try await store.put(ByteBuffer(bytes: bytes), as: freshKey())
        let upload = try await store.begin(freshKey())
        _ = try await store.put(bytes, as: 1, of: upload)
        let digest = SHA256.hash(data: bytes)
        let hexadecimal = digest.map { String(format: "%02x", $0) }.joined()
        for request in server.requests where request.method == "PUT" {
            #expect(request.body == bytes && request.field("x-amz-content-sha256") == hexadecimal)
        }
        let checksum = server.requests[0].field("x-amz-checksum-sha256")
        #expect(checksum == Data(digest).base64EncodedString())
    }

    @Test func `a URL ends with the credentials that sign it`() async throws {
        let (bucket, clock) = (try await Bucket.rclone(), TestClock())
        let lent = AWSCredentials(
            accessKeyID: "AKID", secretAccessKey: "s", sessionToken: "token/+=", expiry: clock.now + 60)
        let store = try bucket.store(credentials: StaticCredentials(lent), clock: clock)
        let presentation = Presentation(contentType: "video/mp4", filename: "夏.mp4")
        let signed = try await store.signedURL(for: freshKey(), as: presentation, until: clock.now + 300)
        #expect(signed.expiry == clock.now + 60 && signed.url.contains("&X-Amz-Expires=60&"))
        #expect(signed.url.contains("&X-Amz-Security-Token=token%2F%2B%3D&"))
        #expect(signed.url.contains("response-content-disposition=inline%3B%20filename%3D%22_.mp4%22"))
        let upload = ObjectUpload(key: freshKey(), id: "a")
        let part = try await store.signedPut(part: 1, of: upload, size: 9, until: clock.now + 3_600)
        #expect(part.expiry == clock.now + 60 && part.headers == ["Content-Length": "9"])
        let later = try await store.signedURL(for: freshKey(), as: presentation, until: .distantFuture)
        #expect(later.expiry == clock.now + 60)
        let own = try bucket.store(clock: clock)
        let longest = try await own.signedURL(for: freshKey(), as: presentation, until: .distantFuture)
        #expect(longest.expiry == clock.now + 604_800)
    }

    @Test func `without credentials nothing is sent and nothing signed`() async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start { _ in .close }
        let store = try bucket.store(by: server, credentials: EnvironmentCredentials([:]), clock: TestClock())
        for call in [
            { _ = try await store.head(freshKey()) },
            { _ = try await store.signedURL(for: freshKey(), as: Presentation(contentType: "a/b"), until: Date()) },
        ] {
            let error = await #expect(throws: ObjectStoreError.self) { try await call() }
            guard case .unavailable(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix("no AWS credentials"))
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `what is not removed is told`() async throws {
        let keys = (0..<1_500).map { ObjectKey("many/\($0)")! }
        let server = try await ScriptedHTTPServer.start { request in
            let isSecond = request.text.contains("<Key>many/1000</Key>")
            return .answer(
                .init(
                    200, [],
                    "<DeleteResult><Error><Key>many/\(isSecond ? 1_400 : 7)</Key><Code>AccessDenied</Code></Error>"
                        + "<Error><Key>many/\(isSecond ? 1_401 : 8)</Key><Code>NoSuchKey</Code></Error></DeleteResult>")
            )
        }
        let left = try await Bucket.rclone().store(by: server).remove(keys)
        #expect(Set(left.keys.map(\.description)) == ["many/7", "many/1400"])
        #expect(server.requests.map { $0.text.components(separatedBy: "<Object>").count - 1 } == [1_000, 500])
        #expect(server.requests.allSatisfy { $0.field("Content-MD5") != nil })
        #expect(try await Bucket.rclone().store().remove([]) == [:])
    }

    @Test func `others' names in a bucket are passed over, and pages go on behind them`() async throws {
        @Sendable func entry(_ key: String) -> String {
            "<Contents><Key>\(key)</Key><LastModified>2026-11-26T17:09:42.123Z</LastModified>"
                + "<ETag>&quot;a&quot;</ETag><Size>1</Size></Contents>"
        }
        let server = try await ScriptedHTTPServer.start { request in
            let isFirst = !request.target.contains("start-after")
            let entries = isFirst ? entry("a") + entry("b%20%2B+c%26") : entry("d")
            return .answer(
                .init(
                    200, [],
                    "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>\(isFirst)</IsTruncated>"
                        + "\(entries)</ListBucketResult>"))
        }
        let store = try await Bucket.rclone().store(by: server)
        let first = try await store.objects(under: "", after: nil, limit: 2)
        #expect(first.items.map(\.key.description) == ["a"] && first.next == "b + c&")
        let second = try await store.objects(under: "", after: first.next, limit: 2)
        #expect(second.items.map(\.key.description) == ["d"] && second.next == nil)
        #expect(server.requests[1].target.contains("start-after=b%20%2B%20c%26"))
    }

    @Test(arguments: [
        "", "no XML", "<a", "<ListBucketResult/>x", "<Other/>",
        "<ListBucketResult><Contents/></ListBucketResult>",
        "<ListBucketResult><IsTruncated>perhaps</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><LastModified>soon</LastModified><ETag>a</ETag><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><LastModified>2026-11-26T17:09:42Z</LastModified><ETag>a</ETag><Size>99999999999999999999</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><LastModified>2026-11-26T17:09:42Z</LastModified><ETag>a</ETag><Size>-1</Size></Contents></ListBucketResult>",
    ])
    func `an answer that cannot be read is none`(body: String) async throws {
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200, [], body)) }
        let store = try await Bucket.rclone().store(by: server, clock: TestClock())
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.objects(under: "", after: nil, limit: 1)
        }
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        [("Content-Length", "-1")], [("Last-Modified", "Thu, 26 Nov 2026 17:09:42 GMT")],
        [("ETag", "\"a\""), ("Last-Modified", "soon")],
        [("ETag", "\"a b\""), ("Last-Modified", "Thu, 26 Nov 2026 17:09:42 GMT")],
        [("ETag", "\"\""), ("Last-Modified", "Thu, 26 Nov 2026 17:09:42 GMT")],
    ])
    func `fields that say nothing are none`(fields: [(name: String, value: String)]) async throws {
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200, fields)) }
        let store = try await Bucket.rclone().store(by: server, clock: TestClock())
        await #expect(throws: ObjectStoreError.self) { try await store.head(freshKey()) }
        await #expect(throws: ObjectStoreError.self) { try await store.bytes(freshKey()) }
    }
}
