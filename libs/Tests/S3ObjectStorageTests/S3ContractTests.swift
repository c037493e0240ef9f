import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import Testing

@testable import S3ObjectStorage

/// A server that takes itself for S3.
enum Server: String, CaseIterable, CustomTestStringConvertible {
    case rclone, moto
    /// OpenStack Swift.
    case openStack

    var testDescription: String { rawValue }

    func bucket() async throws -> Bucket {
        switch self {
        case .rclone: try await .rclone()
        case .moto: try await .moto()
        case .openStack: try await .openStack()
        }
    }

    /// What it does otherwise than S3; the other one does it.
    func departs(in check: String) -> Bool {
        switch self {
        case .rclone:
            // A completion that it refuses takes the upload with it.
            [
                "a part put again replaces the former, which no longer counts",
                "what is no list of this upload's parts is refused and loses nothing",
            ].contains(check)
        case .moto:
            // Every upload began in 2010, and what is asked of one that is gone may be a 500.
            [
                "uploads under way are listed, finished ones are not", "an aborted upload is gone with its parts",
                "an unknown upload is not found", "what was given up is not joined",
                "joining again gives the same object, also when the others are gone",
                "what is not there is not made parts again",
            ].contains(check)
        case .openStack: false
        }
    }
}

@Suite("A bucket of S3")
struct S3ContractTests {
    typealias Objects = ObjectContract<S3ObjectStore>
    typealias Parts = PartUploadingContract<S3ObjectStore>
    typealias Tails = TailUploadingContract<TailedParts<S3ObjectStore>, S3ObjectStore>
    typealias Checking = PartCheckingContract<TailedParts<S3ObjectStore>>
    typealias Joining = JoiningContract<TailedParts<S3ObjectStore>, S3ObjectStore>
    typealias Signing = SigningContract<S3ObjectStore>

    @Test("keeps the contract of whole objects", arguments: Server.allCases, Objects.checks.map(\.name))
    func objects(_ server: Server, _ name: String) async throws {
        let store = try await server.bucket().store()
        try await #require(Objects.checks.first { $0.name == name }).run(Objects(store: store))
    }

    @Test("keeps the contract of parts", arguments: Server.allCases, Parts.checks.map(\.name))
    func parts(_ server: Server, _ name: String) async throws {
        if server.departs(in: name) { return }
        let store = try await server.bucket().store()
        try await #require(Parts.checks.first { $0.name == name }).run(Parts(store: store))
    }

    @Test("keeps the contract of tails", arguments: Server.allCases, Tails.checks.map(\.name))
    func tails(_ server: Server, _ name: String) async throws {
        if server.departs(in: name) { return }
        let store = try await server.bucket().store()
        let contract = Tails(store: TailedParts(store: store), reads: store)
        try await #require(Tails.checks.first { $0.name == name }).run(contract)
    }

    @Test(
        "keeps the contract of parts that are held against a digest", arguments: Server.allCases,
        Checking.checks.map(\.name))
    func checking(_ server: Server, _ name: String) async throws {
        if server.departs(in: name) { return }
        let store = TailedParts(store: try await server.bucket().store())
        try await #require(Checking.checks.first { $0.name == name }).run(Checking(store: store))
    }

    @Test("keeps the contract of joined objects", arguments: Server.allCases, Joining.checks.map(\.name))
    func joining(_ server: Server, _ name: String) async throws {
        if server.departs(in: name) { return }
        let store = try await server.bucket().store()
        let contract = Joining(store: TailedParts(store: store), objects: store)
        try await #require(Joining.checks.first { $0.name == name }).run(contract)
    }

    /// moto looks at no signature.
    @Test("keeps the contract of signed URLs", arguments: Signing.checks.map(\.name))
    func signing(_ name: String) async throws {
        let contract = Signing(
            store: try await Server.rclone.bucket().store(),
            alterations: ["partNumber=2", "uploadId=\(UUID().uuidString)", "X-Amz-Expires=604800"],
            get: { try await read($0) }, put: { try await put($1, by: $0) })
        try await #require(Signing.checks.first { $0.name == name }).run(contract)
    }

    @Test(arguments: Server.allCases)
    func `an upload of several parts and a tail is its bytes, whoever goes on with it`(_ server: Server) async throws {
        let bucket = try await server.bucket()
        let bytes = pattern(13 << 20)
        let upload = try await TailedParts(store: try bucket.store(), partSize: 5 << 20).begin(freshKey())
        var end: Int64 = 0
        for part in [bytes[..<(6 << 20)], bytes[(6 << 20)..<(6 << 20 + 1)], bytes[(6 << 20 + 1)...]] {
            let replica = TailedParts(store: try bucket.store(), partSize: 5 << 20)
            end = try await replica.append(part, to: upload, at: end)
            #expect(try await replica.stored(upload) == end)
        }
        let store = try bucket.store()
        let info = try await TailedParts(store: store).complete(upload, size: end)
        #expect(info.size == Int64(bytes.count))
        #expect(try await store.bytes(upload.key) == bytes)
        #expect(try await store.objects(under: "tails/", after: nil, limit: 9).items.isEmpty)
    }

    @Test(arguments: Server.allCases)
    func `a part that is larger than what is held in memory passes by`(_ server: Server) async throws {
        let store = try await server.bucket().store()
        let bytes = pattern(18 << 20)
        let upload = try await store.begin(freshKey())
        for size in [17 << 20, 19 << 20] as [Int64] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put(Pieces(bytes), size: size, as: 1, of: upload)
            }
            if case .badPart(1, _) = error { continue }
            Issue.record("\(size): \(error.map { "\($0)" } ?? "put")")
        }
        #expect(try await store.parts(of: upload, after: 0).isEmpty)
        let part = try await store.put(bytes, as: 1, of: upload)
        _ = try await store.complete(upload, of: [part])
        #expect(try await store.bytes(upload.key) == bytes)
    }

    @Test func `an object that is too large to be copied at once is copied in parts`() async throws {
        var store = try await Server.moto.bucket().store()
        store.copyLimits = (1 << 20, 5 << 20)
        let (source, target, bytes) = (freshKey(), freshKey(), pattern(11 << 20))
        try await store.put(ByteBuffer(bytes: bytes), as: source)
        #expect(try await store.copy(source, to: target).size == Int64(bytes.count))
        #expect(try await store.bytes(target) == bytes)
    }

    @Test(arguments: Server.allCases)
    func `objects that are large enough for parts are joined by the bucket itself`(_ server: Server) async throws {
        let store = try await server.bucket().store()
        let bytes = pattern(12 << 20)
        var sources: [ObjectInfo] = []
        for piece in [bytes[..<(6 << 20)], bytes[(6 << 20)...]] {
            let key = freshKey()
            try await store.put(ByteBuffer(bytes: piece), as: key)
            sources.append(try await store.head(key))
        }
        let upload = try await TailedParts(store: store).begin(freshKey())
        #expect(try await TailedParts(store: store).complete(upload, joining: sources).size == Int64(bytes.count))
        #expect(try await store.bytes(upload.key) == bytes)
    }

    @Test(arguments: Server.allCases)
    func `a bucket that is there is ready, another one is not`(_ server: Server) async throws {
        let bucket = try await server.bucket()
        try await bucket.store().probe()
        let none = Bucket(
            endpoint: bucket.endpoint, name: "nobodys-bucket", credentials: bucket.credentials)
        await #expect(throws: ObjectStoreError.unavailable(reason: "there is no bucket nobodys-bucket")) {
            try await none.store().probe()
        }
    }
}

/// Nil where the server refuses.
private func read(_ url: String) async throws -> [UInt8]? {
    let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
    guard response.status == .ok else { return nil }
    return Array(try await response.body.collect(upTo: 1 << 24).readableBytesView)
}

private func put(_ bytes: [UInt8], by signed: SignedPut) async throws -> String? {
    var request = HTTPClientRequest(url: signed.url)
    request.method = .PUT
    request.headers = HTTPHeaders(signed.headers.map { ($0.key, $0.value) })
    request.headers.remove(name: "Content-Length")
    request.body = .bytes(ByteBuffer(bytes: bytes))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    guard response.status == .ok else { return nil }
    return response.headers.first(name: "ETag")?.replacing("\"", with: "")
}
