import DomainKit
import Foundation
import HTTPTypes
import HTTPKit
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

@Suite("Uploads over HTTP", .serialized)
struct UploadRoutesTests {
    let user = UUID()
    let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) })

    @Test func `what the service can do is told without a token`() async throws {
        try await TestVideoService().serve { api in
            for path in ["/v1/uploads", "/v1/uploads/\(UUID().lowercased)"] {
                let answer = try await api.send(.options, path, as: nil)
                #expect(answer.status == .noContent && answer.headers[.tusVersion] == "1.0.0")
                #expect(answer.headers[.tusMaxSize] == "100000000")
                #expect(
                    answer.headers[.tusExtension]
                        == "creation,creation-with-upload,expiration,checksum,termination,concatenation")
                #expect(answer.headers[HTTPField.Name("Tus-Checksum-Algorithm")!] == "sha256,sha1")
            }
        }
    }

    @Test func `an upload in several requests becomes a video`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let created = try await api.create(
                bytes.count, as: user, ["title": "夏祭り", "filename": "a.mp4", "filetype": "video/mp4", "x": "y"])
            #expect(created.status == .created && created.headers[.uploadOffset] == "0")
            #expect(created.headers[.tusResumable] == "1.0.0" && created.headers[.uploadExpires] != nil)
            let path = try #require(created.headers[.location])
            let first = try await api.append(bytes.prefix(100_000), to: path, at: 0, as: user)
            #expect(first.status == .noContent && first.headers[.uploadOffset] == "100000")
            #expect(first.headers[.videoID] == nil)
            let asked = try await api.offset(path, as: user)
            #expect(asked.status == .ok && asked.headers[.uploadOffset] == "100000")
            #expect(asked.headers[.uploadLength] == "300000" && asked.headers[.cacheControl] == "no-store")
            #expect(asked.headers[.uploadMetadata]?.contains("x eQ==") == true)
            let json = try await api.send(.get, path, as: user)
            #expect(json.json["received"] as? Int == 100_000 && json.headers[.eTag] != nil)
            #expect(try json.string("state") == "active")
            let last = try await api.append(bytes.dropFirst(100_000), to: path, at: 100_000, as: user)
            let video = try #require(last.headers[.videoID])
            #expect(try await api.offset(path, as: user).headers[.videoID] == video)
            let shown = try await api.send(.get, "/v1/videos/\(video)", as: user)
            #expect(try shown.string("title") == "夏祭り" && shown.string("state") == "ready")
            #expect(try shown.string("visibility") == "private" && shown.json["size"] as? Int == 300_000)
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 1)
            let played = try await api.send(.get, api.link(video, as: user), as: nil)
            #expect(played.status == .ok && played.body == bytes)
        }
    }

    @Test func `a creation repeated with its key begins one upload`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let key = try #require(HTTPField.Name("Idempotency-Key"))
            let replayed = try #require(HTTPField.Name("Idempotency-Replayed"))
            let first = try await api.create(5, as: user, headers: [key: "one"])
            let again = try await api.create(5, as: user, headers: [key: "one"])
            #expect(first.status == .created && first.headers[replayed] == nil)
            #expect(again.status == .created && again.headers[replayed] == "true")
            #expect(again.headers[.location] == first.headers[.location])
            #expect(again.headers[.tusResumable] == "1.0.0" && again.headers[.uploadOffset] == "0")
            let other = try await api.create(6, as: user, headers: [key: "one"])
            #expect(other.status == .unprocessableContent)
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 1)
        }
    }

    @Test func `a creation killed before its answer was kept gives the first upload when it is repeated`() async throws
    {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let bare = try await api.create(5, as: user, headers: [.idempotencyKey: "bare"])
            try await service.forgetAnswers()
            let again = try await api.create(5, as: user, headers: [.idempotencyKey: "bare"])
            #expect(again.status == .created && again.headers[.location] == bare.headers[.location])
            let typed: HTTPFields = [.contentType: "application/offset+octet-stream", .idempotencyKey: "whole"]
            let whole = try await api.create(
                bytes.count, as: user, headers: typed, body: ByteBuffer(bytes: bytes))
            try await service.forgetAnswers()
            let same = try await api.create(bytes.count, as: user, headers: typed, body: ByteBuffer(bytes: bytes))
            #expect(same.status == .created && same.headers[.location] == whole.headers[.location])
            #expect(same.headers[.videoID] == whole.headers[.videoID] && same.headers[.videoID] != nil)
            #expect(same.headers[.uploadOffset] == "300000")
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 2)
            #expect(try await api.send(.get, "/v1/videos", as: user).ids.count == 2)
        }
    }

    @Test func `the first bytes may come with the creation`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let created = try await api.create(
                bytes.count, as: user, headers: [.contentType: "application/offset+octet-stream"],
                body: ByteBuffer(bytes: bytes))
            #expect(created.status == .created && created.headers[.uploadOffset] == "300000")
            #expect(created.headers[.videoID] != nil)
            let empty = try await api.create(0, as: user)
            #expect(empty.status == .created && empty.headers[.videoID] != nil)
        }
    }

    @Test func `a request that is cut keeps what came, and the upload goes on`() async throws {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let path = try #require(try await api.create(bytes.count, as: user).headers[.location])
            for (offset, count) in [(0, 70_000), (70_000, 130_000)] {
                let connection = try RawConnection(port: try #require(api.client.port))
                await connection.send(
                    """
                    PATCH \(path) HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: \(offset)\r
                    Authorization: Bearer \(try service.issuer.token(for: user))\r
                    Content-Type: application/offset+octet-stream\r\nContent-Length: \(bytes.count - offset)\r\n\r\n
                    """)
                await connection.send(Array(bytes[offset..<(offset + count)]))
                // Everything was sent; the server has it once its offset says so or the cut is seen.
                await connection.cut()
                var seen = 0
                while seen != offset + count {
                    seen = Int(try await api.offset(path, as: user).headers[.uploadOffset] ?? "") ?? 0
                    #expect(seen == offset || seen == offset + count)
                }
            }
            let last = try await api.append(bytes.dropFirst(200_000), to: path, at: 200_000, as: user)
            let video = try #require(last.headers[.videoID])
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == bytes)
        }
    }

    @Test func `a body of unknown length is taken`() async throws {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let path = try #require(try await api.create(bytes.count, as: user).headers[.location])
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(
                """
                PATCH \(path) HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r
                Authorization: Bearer \(try service.issuer.token(for: user))\r\nConnection: close\r
                Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n
                """)
            for start in stride(from: 0, to: bytes.count, by: 50_000) {
                await connection.send(
                    Array("c350\r\n".utf8) + bytes[start..<(start + 50_000)] + Array("\r\n".utf8))
            }
            await connection.send("0\r\n\r\n")
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 204") && answer.contains("Upload-Offset: 300000"))
            await connection.cut()
        }
    }

    @Test func `bytes in the wrong place or beyond the end are refused`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let wrong = try await api.append(Data("xyz".utf8), to: path, at: 3, as: user)
            #expect(wrong.status == .conflict && wrong.code == "video.wrong-offset")
            #expect(wrong.headers[.tusResumable] == "1.0.0" && wrong.json["upload_offset"] as? String == "0")
            let beyond = try await api.append(Data("12345678901".utf8), to: path, at: 0, as: user)
            #expect(beyond.status == .contentTooLarge && beyond.code == "video.beyond-length")
            #expect(try await api.create(100_000_001, as: user).code == "video.too-large")
            #expect(try await api.offset(path, as: user).headers[.uploadOffset] == "0")
        }
    }

    @Test func `somebody else's upload is not there`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let other = UUID()
            #expect(try await api.send(.get, path, as: other).code == "video.upload-not-found")
            #expect(try await api.offset(path, as: other).status == .notFound)
            #expect(try await api.append(Data("x".utf8), to: path, at: 0, as: other).status == .notFound)
            #expect(try await api.send(.delete, path, as: other).status == .notFound)
            #expect(try await api.send(.get, "/v1/uploads/../../etc/passwd", as: user).status == .notFound)
            #expect(try await api.send(.get, "/v1/uploads/7", as: user).status == .notFound)
        }
    }

    @Test func `an upload given up is gone with its video`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let video = try await api.send(.get, path, as: user).string("video_id")
            #expect(try await api.send(.delete, path, as: user, headers: [.tusResumable: "1.0.0"]).status == .noContent)
            #expect(try await api.offset(path, as: user).status == .notFound)
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).status == .notFound)
            let done = try #require(try await api.create(0, as: user).headers[.location])
            #expect(try await api.send(.delete, done, as: user).code == "video.upload-finished")
        }
    }

    @Test func `a creation that is not understood is refused with everything wrong about it`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let bad = try await api.create(
                10, as: user, ["title": "", "visibility": "friends", "filename": "a/b", "filetype": "x"])
            #expect(bad.status == .badRequest)
            #expect(
                Set(bad.pointers) == [
                    "#upload-metadata/title", "#upload-metadata/visibility", "#upload-metadata/filename",
                    "#upload-metadata/filetype",
                ])
            let fields: [(HTTPFields, String)] = [
                ([:], "#upload-length"), ([.uploadLength: "-1"], "#upload-length"),
                ([.uploadLength: "1e3"], "#upload-length"), ([.uploadLength: "99999999999999999999"], "#upload-length"),
                ([.uploadDeferLength: "1"], "#upload-defer-length"),
                ([.uploadLength: "1", .uploadMetadata: "title !!"], "#upload-metadata/title"),
                ([.uploadLength: "1", .uploadMetadata: "title /w=="], "#upload-metadata/title"),
                ([.uploadLength: "1", .uploadMetadata: "title QQ==,title QQ=="], "#upload-metadata/title"),
                ([.uploadLength: "1", .uploadMetadata: "title QQ== x"], "#upload-metadata"),
            ]
            for (fields, pointer) in fields {
                var fields = fields
                fields[.tusResumable] = "1.0.0"
                let answer = try await api.send(.post, "/v1/uploads", as: user, headers: fields)
                #expect(answer.status == .badRequest && answer.pointers == [pointer])
            }
        }
    }

    @Test func `another version of the protocol is refused with ours`() async throws {
        let user = user
        try await TestVideoService().serve { api in
            for version in [nil, "0.2.2"] as [String?] {
                var fields: HTTPFields = [.uploadLength: "1"]
                fields[.tusResumable] = version
                let answer = try await api.send(.post, "/v1/uploads", as: user, headers: fields)
                #expect(answer.status == .preconditionFailed && answer.headers[.tusVersion] == "1.0.0")
            }
            let plain = try await api.send(
                .patch, "/v1/uploads/\(UUID().lowercased)", as: user,
                headers: [.tusResumable: "1.0.0", .uploadOffset: "0", .contentType: "video/mp4"])
            #expect(plain.status == .unsupportedMediaType)
        }
    }
}
