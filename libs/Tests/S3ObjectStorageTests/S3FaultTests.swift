import AWSSigning
import Encodings
import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import S3ObjectStorage
import Synchronization
import Testing

/// What goes wrong between us and a store that would do as it is asked.
@Suite struct S3FaultTests {
    @Test func `what a store says that is busy for a minute costs patience and no byte`() async throws {
        let (bucket, clock, bytes) = (try await Bucket.rclone(), TestClock(), pattern(7 << 20))
        let outage = Mutex<Range<Date>?>(nil)
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { _ in
            let isOut = outage.withLock { $0?.contains(clock.now) ?? false }
            return isOut ? .answer(.error(503, "SlowDown")) : .pass
        }
        let tailed = TailedParts(store: try bucket.store(by: server, clock: clock), partSize: 5 << 20)
        let upload = try await tailed.begin(freshKey())
        let writer = try await tailed.writer(to: upload, at: 0)
        try await writer.write(ByteBuffer(bytes: bytes[..<1_000]))
        #expect(try await writer.flush() == 1_000)
        outage.withLock { $0 = clock.now..<(clock.now + 60) }
        await #expect(throws: ObjectStoreError.self) { try await writer.write(ByteBuffer(bytes: bytes[1_000...])) }
        await #expect(throws: ObjectStoreError.self) { try await writer.flush() }
        clock.advance(by: .seconds(60))
        #expect(try await writer.flush() == Int64(bytes.count))
        outage.withLock { $0 = clock.now..<(clock.now + 60) }
        let patient = TailedParts(store: try bucket.store(by: server, patience: .seconds(120), clock: clock))
        _ = try await patient.complete(upload, size: Int64(bytes.count))
        #expect(try await bucket.store().bytes(upload.key) == bytes)
    }

    @Test(arguments: [
        (500, "InternalError"), (502, ""), (503, "SlowDown"), (429, "TooManyRequests"), (400, "RequestTimeout"),
    ])
    func `what may well succeed later is tried again`(status: Int, code: String) async throws {
        let (bucket, count) = (try await Bucket.rclone(), Count())
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { _ in
            count.isAmongFirst(2) ? .answer(.error(status, code)) : .pass
        }
        try await bucket.store(by: server, clock: TestClock()).put(ByteBuffer(bytes: [1]), as: freshKey())
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [
        (403, "AccessDenied"), (400, "InvalidRequest"), (301, "PermanentRedirect"), (501, "NotImplemented"),
    ])
    func `what will not is not`(status: Int, code: String) async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start { _ in .answer(.error(status, code)) }
        let error = await #expect(throws: ObjectStoreError.self) {
            try await bucket.store(by: server, clock: TestClock()).put(ByteBuffer(bytes: [1]), as: freshKey())
        }
        #expect(error == .unavailable(reason: "the store refuses it: \(status) \(code)"))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [Server.moto, .openStack])
    func `completing never puts another object in the place of one that is there`(_ server: Server) async throws {
        let store = try await server.bucket().store()
        let key = freshKey()
        try await store.put(ByteBuffer(bytes: [9]), as: key)
        let upload = try await store.begin(key)
        let part = try await store.put([1, 2, 3], as: 1, of: upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.complete(upload, of: [part]) }
        #expect(try await store.bytes(key) == [9])
    }

    @Test(arguments: [(501, "NotImplemented"), (501, ""), (400, "NotImplemented")])
    func `a store that knows no conditional writes is asked without, once it has said so`(
        status: Int, code: String
    ) async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            request.field("If-None-Match") == nil ? .pass : .answer(.error(status, code))
        }
        let store = try bucket.store(by: server, clock: TestClock())
        for completions in [2, 3] {
            let upload = try await store.begin(freshKey())
            let part = try await store.put([1, 2, 3], as: 1, of: upload)
            #expect(try await store.complete(upload, of: [part]).size == 3)
            #expect(server.requests.filter(\.isCompletion).count == completions)
        }
    }

    @Test(arguments: Server.allCases)
    func `a bucket that has had no upload has none under way`(_ server: Server) async throws {
        let store = try await server.bucket().store()
        #expect(try await store.uploads(begunBefore: .distantFuture, after: nil).items.isEmpty)
    }

    @Test func `a bucket that is gone takes no object's name`() async throws {
        let bucket = try await Bucket.rclone()
        let (store, key) = (try bucket.store(), freshKey())
        try await store.put(ByteBuffer(bytes: [1]), as: key)
        let tailed = TailedParts(store: store)
        let upload = try await tailed.begin(freshKey())
        try await TestS3.shared().remove(bucket: bucket.name)
        let gone = ObjectStoreError.unavailable(reason: "there is no bucket \(bucket.name)")
        try await until("the server noticed") { (try? await store.probe()) == nil }
        await #expect(throws: gone) { try await store.head(key) }
        await #expect(throws: gone) { try await store.bytes(key) }
        await #expect(throws: gone) { try await store.put(ByteBuffer(bytes: [1]), as: key) }
        await #expect(throws: gone) { try await store.objects(under: "", after: nil, limit: 1) }
        await #expect(throws: gone) { try await tailed.stored(upload) }
    }

    @Test func `credentials that end in the middle are asked for anew`() async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            let isOld = request.field("Authorization")?.contains("Credential=AKIDOLD/") == true
            return isOld ? .answer(.error(400, "ExpiredToken")) : .pass
        }
        let store = try bucket.store(by: server, credentials: Successors(), clock: TestClock())
        try await store.put(ByteBuffer(bytes: [1]), as: freshKey())
        #expect(server.requests.count == 2)
    }

    /// First some that the store does not take any more.
    private final class Successors: AWSCredentialsProvider {
        private let count = Count()

        func credentials() async throws(NoAWSCredentials) -> AWSCredentials {
            if count.isAmongFirst(1) { return AWSCredentials(accessKeyID: "AKIDOLD", secretAccessKey: "s") }
            return try await Bucket.credentials.credentials()
        }
    }

    @Test(arguments: [-86_400, -3_600, 3_600])
    func `a clock that is wrong is corrected by the store's`(seconds: Int) async throws {
        let (bucket, clock) = (try await Bucket.rclone(), TestClock(Date().addingTimeInterval(Double(seconds))))
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            let date = try? Date(request.field("X-Amz-Date") ?? "", strategy: Self.basic)
            if let date, date.timeIntervalSinceNow.magnitude < 900 { return .pass }
            var answer = ScriptedHTTPServer.Answer.error(403, "RequestTimeTooSkewed")
            answer.fields = [("Date", HTTPDate.string(from: Date()))]
            return .answer(answer)
        }
        let (store, key) = (try bucket.store(by: server, clock: clock), freshKey())
        try await store.put(ByteBuffer(bytes: [1]), as: key)
        #expect(server.requests.count == 2)
        #expect(try await store.bytes(key) == [1])
        #expect(server.requests.count == 3)
        let presentation = Presentation(contentType: "video/mp4")
        let signed = try await store.signedURL(for: key, as: presentation, until: clock.now + 60)
        let text = signed.url.firstMatch(of: /X-Amz-Date=(\w+)/).map { String($0.1) }
        let date = try Date(try #require(text), strategy: Self.basic)
        #expect(date.timeIntervalSinceNow.magnitude < 60)
    }

    @Test func `a store that refuses the corrected time too is not asked for ever`() async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start { _ in
            var answer = ScriptedHTTPServer.Answer.error(403, "RequestTimeTooSkewed")
            answer.fields = [("Date", "Thu, 26 Nov 2099 17:09:42 GMT")]
            return .answer(answer)
        }
        let store = try bucket.store(by: server, clock: TestClock())
        await #expect(throws: ObjectStoreError.self) { try await store.head(freshKey()) }
        #expect(server.requests.count == 2)
        await #expect(throws: ObjectStoreError.self) { try await store.put(ByteBuffer(), as: freshKey()) }
        #expect(server.requests.count == 3)
    }

    private static let basic = Date.ISO8601FormatStyle(
        dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted, timeZoneSeparator: .omitted,
        includingFractionalSeconds: false, timeZone: .gmt)

    @Test func `a connection that is cut in the middle of a part costs a second try`() async throws {
        let (bucket, count, bytes) = (try await Bucket.rclone(), Count(), pattern(5 << 20))
        let server = try await ScriptedHTTPServer.start(
            before: bucket.endpoint,
            cutting: { $0.isPart && $1 > 1 << 20 && count.isAmongFirst(1) }, { _ in .pass })
        let store = try bucket.store(by: server)
        let upload = try await store.begin(freshKey())
        let part = try await store.put(bytes, as: 1, of: upload)
        #expect(try await store.parts(of: upload, after: 0) == [part])
        _ = try await store.complete(upload, of: [part])
        #expect(try await store.bytes(upload.key) == bytes)
    }

    @Test func `a part that passed by is not sent again from its middle`() async throws {
        let (bucket, bytes) = (try await Bucket.rclone(), pattern(17 << 20))
        let server = try await ScriptedHTTPServer.start(
            before: bucket.endpoint, cutting: { $0.isPart && $1 > 2 << 20 }, { _ in .pass })
        let store = try bucket.store(by: server)
        let upload = try await store.begin(freshKey())
        let error = await #expect(throws: ObjectStoreError.self) {
            try await store.put(bytes, as: 1, of: upload)
        }
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await store.parts(of: upload, after: 0).isEmpty)
    }

    @Test(arguments: Server.allCases)
    func `a completion whose answer is lost gives the object`(_ kind: Server) async throws {
        let (bucket, count) = (try await kind.bucket(), Count())
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            request.isCompletion && count.isAmongFirst(1) ? .passAndClose : .pass
        }
        let store = try bucket.store(by: server)
        let upload = try await store.begin(freshKey())
        let part = try await store.put([1, 2, 3], as: 1, of: upload)
        let info = try await store.complete(upload, of: [part])
        #expect(info.size == 3 && count.value == 2)
        #expect(try await store.bytes(upload.key) == [1, 2, 3])
    }

    @Test func `an error inside of a success is an error`() async throws {
        let (bucket, count) = (try await Bucket.moto(), Count())
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            let isHit = request.isCompletion || request.field("x-amz-copy-source") != nil
            guard isHit, count.isAmongFirst(1) else { return .pass }
            return .answer(.init(200, [], "\n  \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>"))
        }
        let store = try bucket.store(by: server)
        let upload = try await store.begin(freshKey())
        let part = try await store.put([1, 2, 3], as: 1, of: upload)
        #expect(try await store.complete(upload, of: [part]).size == 3 && count.value == 2)
        let refusing = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            request.method == "HEAD" ? .pass : .answer(.error(200, "AccessDenied"))
        }
        await #expect(throws: ObjectStoreError.unavailable(reason: "the store refuses it: 200 AccessDenied")) {
            try await bucket.store(by: refusing).copy(upload.key, to: freshKey())
        }
    }

    @Test func `a reading that breaks goes on where it broke, on the same object alone`() async throws {
        let (bucket, count, bytes) = (try await Bucket.moto(), Count(), pattern(900_000))
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { request in
            request.method == "GET" && count.isAmongFirst(2) ? .passAndCut(after: 300_000) : .pass
        }
        let (store, key) = (try bucket.store(by: server), freshKey())
        try await store.put(ByteBuffer(bytes: bytes), as: key)
        #expect(try await store.bytes(key, 5..<899_999) == Array(bytes[5..<899_999]))
        let asked = server.requests.filter { $0.method == "GET" }
        // What was sent last before a cut may be lost with the connection.
        let starts = asked.compactMap {
            $0.field("Range")?.dropFirst(6).split(separator: "-").first.flatMap { Int($0) }
        }
        try #require(starts.count == 3)
        #expect(starts[0] == 5 && (6...300_005).contains(starts[1]))
        #expect((starts[1] + 1...starts[1] + 300_000).contains(starts[2]))
        #expect(asked[1].field("If-Match") != nil)
        let replacing = try await ScriptedHTTPServer.start(before: bucket.endpoint) { _ in .passAndCut(after: 10) }
        var pieces = try await bucket.store(by: replacing).read(key, range: 0..<100).makeAsyncIterator()
        #expect(try await pieces.next()?.readableBytes == 10)
        try await store.put(ByteBuffer(bytes: [1]), as: key)
        await #expect(throws: ObjectStoreError.objectChanged(key)) { try await pieces.next() }
    }

    @Test func `a store that breaks off always is away`() async throws {
        let bucket = try await Bucket.moto()
        let key = freshKey()
        try await bucket.store().put(ByteBuffer(bytes: [1, 2, 3]), as: key)
        let server = try await ScriptedHTTPServer.start(before: bucket.endpoint) { _ in .passAndCut(after: 0) }
        await #expect(throws: ObjectStoreError.self) { try await bucket.store(by: server).bytes(key) }
        let mute = try await ScriptedHTTPServer.start { _ in .close }
        await #expect(throws: ObjectStoreError.self) {
            try await bucket.store(by: mute, clock: TestClock()).head(key)
        }
        let nobody = Bucket(endpoint: "http://127.0.0.1:\(try FreePort.find())", name: bucket.name)
        await #expect(throws: ObjectStoreError.self) { try await nobody.store(clock: TestClock()).head(key) }
    }

    @Test func `what is asked for is asked for until somebody does not want it any more`() async throws {
        let bucket = try await Bucket.rclone()
        let server = try await ScriptedHTTPServer.start { _ in .answer(.error(503, "SlowDown")) }
        let store = try bucket.store(by: server, patience: .seconds(3_600))
        let asking = Task { try await store.put(ByteBuffer(bytes: [1]), as: freshKey()) }
        try await until("the store was asked") { !server.requests.isEmpty }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
    }
}
