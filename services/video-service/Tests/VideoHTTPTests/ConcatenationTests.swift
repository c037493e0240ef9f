import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// Parts that are uploaded beside each other and become one video (tus §Concatenation).
@Suite("Concatenation", .serialized)
struct ConcatenationTests {
    let user = UUID()

    @Test func `parts sent beside each other become one video`() async throws {
        let user = user
        let bytes = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) })
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": "free uploads=3 videos=1 bytes=600000"]).serve { api in
            let parts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for index in 0..<3 {
                    group.addTask {
                        let path = try await api.part(of: 200_000, as: user)
                        let piece = bytes.dropFirst(index * 200_000).prefix(200_000)
                        let sent = try await api.append(Data(piece), to: path, at: 0, as: user)
                        #expect(sent.status == .noContent && sent.headers[.videoID] == nil)
                        return (index, path)
                    }
                }
                return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            }
            #expect(try await api.send(.get, "/v1/videos", as: user).ids == [])
            let paths = try (0..<3).map { try #require(parts[$0]) }
            let part = try await api.offset(paths[0], as: user)
            #expect(part.headers[.uploadConcat] == "partial" && part.headers[.uploadOffset] == "200000")
            let whole = try await api.join(paths, as: user, ["title": "夏祭り", "visibility": "public"])
            #expect(whole.status == .created && whole.headers[.uploadOffset] == "600000")
            let video = try #require(whole.headers[.videoID])
            let final = try #require(whole.headers[.location])
            let asked = try await api.offset(final, as: user)
            #expect(asked.headers[.uploadConcat] == "final;" + paths.joined(separator: " "))
            #expect(asked.headers[.uploadLength] == "600000" && asked.headers[.videoID] == video)
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == bytes)
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).string("title") == "夏祭り")
            for path in paths { #expect(try await api.offset(path, as: user).status == .notFound) }
            // As after a lost reply.
            let again = try await api.join(paths, as: user)
            #expect(again.headers[.location] == final && again.headers[.videoID] == video)
        }
    }

    @Test func `addresses are taken with any host, and nothing else for an address`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let path = try await api.part(of: 5, as: user, Data("hello".utf8))
            let id = String(path.dropFirst("/v1/uploads/".count))
            for bad in [
                "final;", "final; ", "final", "Partial", "partial;\(path)", "final;\(id)", "final;\(path)/",
                "final;\(path)?x",
                "final;\(path)#x", "final;\(path) \(path)", "final;//host\(path)", "final;ftp://host\(path)",
                "final;http://host",
                "final;/v1/uploads/../uploads/\(id)", "final;/v1/uploads/%2e%2e", "final;\(path),\(path)",
                "final;/v1/videos/\(id)",
                "final;" + (0...1_000).map { _ in "/v1/uploads/x" }.joined(separator: " "),
            ] {
                let refused = try await api.send(
                    .post, "/v1/uploads", as: user, headers: [.tusResumable: "1.0.0", .uploadConcat: bad])
                #expect(refused.status == .badRequest && refused.pointers == ["#upload-concat"], "\(bad)")
            }
            let unknown = try await api.join(["/v1/uploads/\(UUID().lowercased)"], as: user)
            #expect(unknown.status == .unprocessableContent && unknown.code == "video.part-not-found")
            let foreign = try await api.join([path], as: UUID())
            #expect(foreign.status == .unprocessableContent && foreign.code == "video.part-not-found")
            let whole = try await api.join(["https://elsewhere.example:8443" + path], as: user)
            #expect(whole.headers[.videoID] != nil)
        }
    }

    @Test func `what is joined has no length, checksum or bytes of its own`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let path = try await api.part(of: 5, as: user, Data("hello".utf8))
            for field: HTTPFields in [[.uploadLength: "5"], [.uploadChecksum: TusRefusalTests.sum("sha1", "hello")]] {
                let refused = try await api.join([path], as: user, headers: field)
                #expect(refused.status == .badRequest)
            }
            let typed: HTTPFields = [.contentType: "application/offset+octet-stream"]
            let withBody = try await api.join([path], as: user, headers: typed, body: ByteBuffer(string: "hello"))
            #expect(withBody.status == .badRequest)
            let whole = try await api.join([path], as: user)
            let final = try #require(whole.headers[.location])
            for offset in [0, 5] {
                let sent = try await api.append(Data("x".utf8), to: final, at: offset, as: user)
                #expect(sent.status == .forbidden && sent.code == "video.upload-joined", "\(offset)")
            }
        }
    }

    @Test func `parts that are not whole, too many bytes or used are refused, and stay`() async throws {
        let user = user
        try await TestVideoService.onDatabase(["MAX_UPLOAD_BYTES": "12"]).serve { api in
            let (whole, short) = (
                try await api.part(of: 5, as: user, Data("hello".utf8)), try await api.part(of: 8, as: user)
            )
            let incomplete = try await api.join([whole, short], as: user)
            #expect(incomplete.status == .conflict && incomplete.code == "video.part-incomplete")
            try await api.append(Data("12345678".utf8), to: short, at: 0, as: user)
            #expect(try await api.join([whole, short], as: user).code == "video.too-large")
            #expect(try await api.join([whole], as: user).status == .created)
            #expect(try await api.offset(short, as: user).headers[.uploadOffset] == "8")
            #expect(try await api.send(.delete, short, as: user).status == .noContent)
        }
    }

    @Test func `a part is created once for one key, with its first bytes`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let fields: HTTPFields = [.uploadConcat: "partial", HTTPField.Name("Idempotency-Key")!: "k"]
            let first = try await api.create(5, as: user, headers: fields)
            try await service.forgetAnswers()
            let again = try await api.create(5, as: user, headers: fields)
            #expect(first.headers[.location] == again.headers[.location])
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 1)
        }
    }
}

extension TestClient {
    /// A part of a video to be, with all its bytes if they are given; returns where it is.
    func part(of size: Int, as user: UUID, _ bytes: Data? = nil) async throws -> String {
        var fields: HTTPFields = [.uploadConcat: "partial"]
        if bytes != nil { fields[.contentType] = "application/offset+octet-stream" }
        let created = try await create(size, as: user, headers: fields, body: bytes.map { ByteBuffer(bytes: $0) })
        return try #require(created.headers[.location], "\(created.status)")
    }

    func join(
        _ parts: [String], as user: UUID, _ metadata: [String: String] = [:], headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) async throws -> ServiceAnswer {
        var headers = headers
        headers[.tusResumable] = "1.0.0"
        headers[.uploadConcat] = "final;" + parts.joined(separator: " ")
        headers[.uploadMetadata] = metadata.map { "\($0.key) \(Data($0.value.utf8).base64EncodedString())" }
            .joined(separator: ",")
        return try await send(.post, "/v1/uploads", as: user, headers: headers, body: body)
    }
}
