import Crypto
import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// Fields that change what a request means are obeyed or refused, never ignored.
@Suite("Fields that change an upload's meaning", .serialized)
struct TusRefusalTests {
    static let tus: HTTPFields = [.tusResumable: "1.0.0"]
    static let sending: HTTPFields = [
        .tusResumable: "1.0.0", .uploadOffset: "0", .contentType: "application/offset+octet-stream",
    ]
    static func sum(_ algorithm: String, _ text: String) -> String {
        let data = Data(text.utf8)
        let digest = algorithm == "sha1" ? Data(Insecure.SHA1.hash(data: data)) : Data(SHA256.hash(data: data))
        return "\(algorithm) \(digest.base64EncodedString())"
    }

    @Test func `bytes count only when their checksum is right`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            for algorithm in ["sha1", "sha256"] {
                let wrong = try await api.send(
                    .patch, path, as: user,
                    headers: Self.sending.merging([.uploadChecksum: Self.sum(algorithm, "hellO")]),
                    body: ByteBuffer(string: "hello"))
                #expect(wrong.status.code == 460 && wrong.code == "video.checksum-mismatch")
                #expect(wrong.headers[.tusResumable] == "1.0.0")
                #expect(try await api.offset(path, as: user).headers[.uploadOffset] == "0")
            }
            for bad in [
                "md5 XUFAKrxLKna5cZ2REBfFkg==", "sha256", "sha256 !!", "sha256 AAAA", "", "sha1 AAAA, sha256 AAAA",
            ] {
                let refused = try await api.send(
                    .patch, path, as: user, headers: Self.sending.merging([.uploadChecksum: bad]),
                    body: ByteBuffer(string: "hello"))
                #expect(refused.status == .badRequest && refused.pointers == ["#upload-checksum"], "\(bad)")
            }
            let first = try await api.send(
                .patch, path, as: user, headers: Self.sending.merging([.uploadChecksum: Self.sum("sha256", "hello")]),
                body: ByteBuffer(string: "hello"))
            #expect(first.status == .noContent && first.headers[.uploadOffset] == "5")
            let last = try await api.send(
                .patch, path, as: user,
                headers: Self.sending.merging([.uploadOffset: "5", .uploadChecksum: Self.sum("sha1", "world")]),
                body: ByteBuffer(string: "world"))
            let video = try #require(last.headers[.videoID])
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == Data("helloworld".utf8))
        }
    }

    @Test func `a creation refused for its body leaves no upload`() async throws {
        let user = UUID()
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let typed: HTTPFields = [.contentType: "application/offset+octet-stream"]
            let wrong = try await api.create(
                5, as: user, headers: typed.merging([.uploadChecksum: Self.sum("sha1", "hellO")]),
                body: ByteBuffer(string: "hello"))
            #expect(wrong.status.code == 460)
            let long = try await api.create(5, as: user, headers: typed, body: ByteBuffer(string: "hello!"))
            #expect(long.status == .contentTooLarge)
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(
                """
                POST /v1/uploads HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 3\r
                Authorization: Bearer \(try service.issuer.token(for: user))\r\nConnection: close\r
                Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r
                5\r\nhello\r\n0\r\n\r\n
                """)
            #expect(await connection.read().hasPrefix("HTTP/1.1 413"))
            await connection.cut()
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids == [])
            #expect(try await api.send(.get, "/v1/videos", as: user).ids == [])
        }
    }

    @Test func `fields of what is not spoken are refused`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            for (name, value) in [
                ("Upload-Concat", "parted"), ("Upload-Concat", "final;/v1/uploads/x"), ("Upload-Defer-Length", "1"),
                ("Upload-Complete", "?1"), ("Upload-Incomplete", "?1"), ("Trailer", "Upload-Checksum"),
            ] {
                let field: HTTPFields = [HTTPField.Name(name)!: value]
                let created = try await api.create(10, as: user, headers: field)
                #expect(created.status == .badRequest && created.pointers == ["#\(name.lowercased())"], "\(name)")
                let sent = try await api.send(
                    .patch, path, as: user, headers: Self.sending.merging(field), body: ByteBuffer(string: "hello"))
                #expect(sent.status == .badRequest && sent.pointers == ["#\(name.lowercased())"], "\(name)")
            }
            let length = try await api.send(
                .patch, path, as: user, headers: Self.sending.merging([.uploadLength: "10"]),
                body: ByteBuffer(string: "hello"))
            #expect(length.status == .badRequest)
            for coding in ["gzip", "br", "identity, gzip"] {
                let field: HTTPFields = [.contentEncoding: coding, .contentType: "application/offset+octet-stream"]
                for refused in [
                    try await api.create(5, as: user, headers: field, body: ByteBuffer(string: "hello")),
                    try await api.send(
                        .patch, path, as: user, headers: Self.sending.merging(field), body: ByteBuffer(string: "hello")),
                    try await api.send(
                        .patch, "/v1/videos/\(UUID().lowercased)", as: user, "{}",
                        headers: [.ifMatch: "*", .contentEncoding: coding]),
                ] {
                    #expect(refused.status == .unsupportedMediaType)
                    #expect(refused.code == "platform.unsupported-content-encoding")
                }
            }
            #expect(try await api.offset(path, as: user).headers[.uploadOffset] == "0")
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 1)
        }
    }

    @Test func `media types are compared without case`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(5, as: user).headers[.location])
            let sent = try await api.send(
                .patch, path, as: user,
                headers: Self.sending.merging([.contentType: "Application/Offset+Octet-Stream"]),
                body: ByteBuffer(string: "hello"))
            #expect(sent.status == .noContent)
        }
    }

    @Test func `the method a request says it means is the one that counts`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let sent = try await api.send(
                .post, path, as: user, headers: Self.sending.merging([.methodOverride: "PATCH"]),
                body: ByteBuffer(string: "hello"))
            #expect(sent.status == .noContent && sent.headers[.uploadOffset] == "5")
            let asked = try await api.send(.post, path, as: user, headers: Self.tus.merging([.methodOverride: "HEAD"]))
            #expect(asked.status == .ok && asked.headers[.uploadOffset] == "5" && asked.body.isEmpty)
            let missing = try await api.send(
                .post, "/v1/uploads/\(UUID().lowercased)", as: user,
                headers: Self.tus.merging([.methodOverride: "HEAD"]))
            #expect(missing.status == .notFound && missing.body.isEmpty)
            let odd = try await api.send(.post, path, as: user, headers: Self.tus.merging([.methodOverride: "BREW"]))
            #expect(odd.status == .methodNotAllowed && odd.headers[.tusResumable] == "1.0.0")
            let coded = try await api.send(
                .patch, path, as: user, headers: Self.sending.merging([.contentEncoding: "gzip"]),
                body: ByteBuffer(string: "hello"))
            #expect(coded.status == .unsupportedMediaType && coded.headers[.tusResumable] == "1.0.0")
            let video = try await api.send(.get, "/v1/videos", as: user, headers: [.methodOverride: "DELETE"])
            #expect(video.status == .ok)
            let gone = try await api.send(.post, path, as: user, headers: Self.tus.merging([.methodOverride: "DELETE"]))
            #expect(gone.status == .noContent)
            #expect(try await api.offset(path, as: user).status == .notFound)
        }
    }

    @Test func `query parameters nobody asked for are refused`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let upload = try #require(try await api.create(10, as: user).headers[.location])
            let video = try await api.video(Data("hello".utf8), as: user)
            let link = try await api.link(video, as: user)
            let asks: [(HTTPRequest.Method, String, HTTPFields)] = [
                (.post, "/v1/uploads?x=1", Self.tus.merging([.uploadLength: "5"])), (.head, "\(upload)?x=1", Self.tus),
                (.patch, "\(upload)?x=1", Self.sending), (.delete, "\(upload)?x=1", Self.tus),
                (.options, "/v1/uploads?x=1", [:]), (.options, "\(upload)?x=1", [:]), (.get, "\(upload)?x=1", [:]),
                (.get, "/v1/uploads?x=1", [:]), (.get, "/v1/videos/\(video)?x=1", [:]),
                (.get, "/v1/videos/\(video)/playback?x=1", [:]), (.get, "\(link)&x=1", [:]),
                (.head, "\(link)&x=1", [:]), (.get, "/openapi.yaml?x=1", [:]),
                (.patch, "/v1/videos/\(video)?x=1", [.ifMatch: "*", .contentType: "application/json"]),
                (.delete, "/v1/videos/\(video)?x=1", [.ifMatch: "*"]),
            ]
            for (method, path, fields) in asks {
                let body = method == .patch ? ByteBuffer(string: path.hasPrefix("/v1/videos") ? "{}" : "hello") : nil
                let answer = try await api.send(method, path, as: user, headers: fields, body: body)
                #expect(answer.status == .badRequest, "\(method) \(path): \(answer.status)")
            }
        }
    }

    @Test func `an upload that is finished does not expire`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let created = try await api.create(5, as: user)
            let path = try #require(created.headers[.location])
            let expiry = try #require(created.headers[.uploadExpires])
            #expect(try await api.offset(path, as: user).headers[.uploadExpires] == expiry)
            let done = try await api.append(Data("hello".utf8), to: path, at: 0, as: user)
            #expect(done.headers[.videoID] != nil && done.headers[.uploadExpires] == nil)
            #expect(try await api.offset(path, as: user).headers[.uploadExpires] == nil)
        }
    }
}
