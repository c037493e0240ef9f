import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// Uploads as draft-ietf-httpbis-resumable-upload has them.
@Suite("Uploads by the IETF's draft", .serialized)
struct DraftUploadTests {
    let user = UUID()

    @Test func `one request with everything makes a video`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let made = try await api.draft(
                .post, "/v1/uploads", as: user, complete: true,
                [
                    .contentType: "video/mp4", .contentDisposition: "inline; filename=\"a;b.mp4\"",
                    .uploadMetadata: "visibility cHVibGlj",
                ], "hello")
            #expect(made.status == .created && made.headers[.uploadComplete] == "?1")
            #expect(made.headers[.uploadOffset] == "5" && made.headers[.tusResumable] == nil)
            let video = try #require(made.headers[.videoID])
            let upload = try await api.send(.get, try #require(made.headers[.location]), as: user)
            #expect(try upload.string("video_id") == video && upload.string("state") == "finished")
            let shown = try await api.send(.get, "/v1/videos/\(video)", as: user)
            #expect(try shown.string("title") == "a;b" && shown.string("content_type") == "video/mp4")
            #expect(try shown.string("visibility") == "public" && shown.json["size"] as? Int == 5)
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == Data("hello".utf8))
        }
    }

    @Test(arguments: [5, 6, 7, 8, nil])
    func `pieces of an upload whose length nobody knows make a video`(_ version: Int?) async throws {
        let user = user
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": "free uploads=1 videos=1 bytes=100"]).serve { api in
            let begun = try await api.draft(.post, "/v1/uploads", as: user, version, complete: false)
            #expect(begun.status == .created && begun.headers[.uploadComplete] == "?0")
            let path = try #require(begun.headers[.location])
            #expect(begun.headers[.uploadLimit]?.contains("max-size=100") == (version == 5 ? nil : true))
            let first = try await api.draft(.patch, path, as: user, version, at: 0, complete: false, "hello")
            #expect(first.status == .noContent && first.headers[.uploadComplete] == "?0")
            #expect(first.headers[.uploadOffset] == "5" && first.headers[.videoID] == nil)
            let asked = try await api.draft(.head, path, as: user, version)
            #expect(asked.status == .noContent && asked.headers[.uploadOffset] == "5")
            #expect(asked.headers[.uploadComplete] == "?0" && asked.headers[.uploadLength] == nil)
            #expect(asked.headers[.cacheControl] == "no-store")
            #expect(try await api.send(.get, path, as: user).json["size"] is NSNull)
            // All bytes that were announced, and still not the end.
            let said = try await api.draft(
                .patch, path, as: user, version, at: 5, complete: false, [.uploadLength: "10"], "world")
            #expect(said.headers[.uploadComplete] == "?0" && said.headers[.videoID] == nil)
            #expect(try await api.draft(.head, path, as: user, version).headers[.uploadLength] == "10")
            let last = try await api.draft(.patch, path, as: user, version, at: 10, complete: true, "")
            #expect(last.status == .ok && last.headers[.uploadComplete] == "?1")
            #expect(try last.string("state") == "finished")
            let video = try #require(last.headers[.videoID])
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).json["size"] as? Int == 10)
            #expect(try await api.draft(.head, path, as: user, version).headers[.uploadComplete] == "?1")
            // As after a lost answer.
            let again = try await api.draft(.patch, path, as: user, version, at: 10, complete: true, "")
            #expect(again.status == .ok && again.headers[.videoID] == video)
            let quota = try await api.send(.get, "/v1/me/quota", as: user)
            #expect((quota.json["bytes"] as? [String: Any])?["used"] as? Int == 10)
        }
    }

    @Test func `version 3 says the opposite`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let fields: HTTPFields = [.uploadDraftInteropVersion: "3", .uploadIncomplete: "?1"]
            let begun = try await api.send(
                .post, "/v1/uploads", as: user, headers: fields, body: ByteBuffer(string: "hello"))
            #expect(begun.status == .created && begun.headers[.uploadIncomplete] == "?1")
            #expect(begun.headers[.uploadComplete] == nil && begun.headers[.uploadOffset] == "5")
            let path = try #require(begun.headers[.location])
            let asked = try await api.send(.head, path, as: user, headers: [.uploadDraftInteropVersion: "3"])
            #expect(asked.status == .noContent && asked.headers[.uploadIncomplete] == "?1")
            let skipped = try await api.send(
                .patch, path, as: user, headers: fields.merging([.uploadOffset: "7"]), body: ByteBuffer(string: "x"))
            #expect(skipped.status == .conflict && skipped.headers[.uploadOffset] == "5")
            #expect(try skipped.string("type").hasSuffix("video.wrong-offset"))
            let last = try await api.send(
                .patch, path, as: user,
                headers: [.uploadDraftInteropVersion: "3", .uploadIncomplete: "?0", .uploadOffset: "5"],
                body: ByteBuffer(string: "world"))
            #expect(last.headers[.uploadIncomplete] == "?0" && last.headers[.videoID] != nil)
        }
    }

    @Test func `problems have the draft's types`() async throws {
        let user = user
        let base = "https://iana.org/assignments/http-problem-types#"
        try await TestVideoService.onDatabase().serve { api in
            let begun = try await api.draft(
                .post, "/v1/uploads", as: user, complete: false, [.uploadLength: "10"], "hello")
            let path = try #require(begun.headers[.location])
            for offset in [0, 4, 6, 10, 1_000_000] {
                let wrong = try await api.draft(.patch, path, as: user, at: offset, complete: false, "x")
                #expect(try wrong.string("type") == base + "mismatching-upload-offset" && wrong.status == .conflict)
                #expect(wrong.json["expected-offset"] as? Int == 5 && wrong.json["provided-offset"] as? Int == offset)
                #expect(wrong.headers[.uploadOffset] == "5" && wrong.headers[.uploadComplete] == "?0")
            }
            for (fields, complete, bytes) in [
                ([.uploadLength: "11"], false, "x"), ([.uploadLength: "4"], false, ""), ([:], true, "worl"),
                ([:], true, "world!"), ([.uploadLength: "9"], true, "world"),
            ] as [(HTTPFields, Bool, String)] {
                let odd = try await api.draft(.patch, path, as: user, at: 5, complete: complete, fields, bytes)
                #expect(odd.status == .badRequest, "\(fields) \(bytes)")
                #expect(try odd.string("type") == base + "inconsistent-upload-length")
            }
            let mismatch = try await api.draft(
                .post, "/v1/uploads", as: user, complete: true, [.uploadLength: "6"], "hello")
            #expect(try mismatch.string("type") == base + "inconsistent-upload-length")
            let last = try await api.draft(.patch, path, as: user, at: 5, complete: true, "world")
            #expect(last.status == .ok)
            let more = try await api.draft(.patch, path, as: user, at: 10, complete: true, "!")
            #expect(try more.status == .badRequest && more.string("type") == base + "completed-upload")
        }
    }

    @Test func `fields that mean something are obeyed or refused`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let begun = try await api.draft(.post, "/v1/uploads", as: user, complete: false, [.uploadLength: "10"])
            let path = try #require(begun.headers[.location])
            for (name, value) in [
                ("Upload-Draft-Interop-Version", "4"), ("Upload-Draft-Interop-Version", "9"),
                ("Upload-Draft-Interop-Version", "08"), ("Upload-Draft-Interop-Version", ""),
                ("Upload-Incomplete", "?0"), ("Upload-Complete", "1"), ("Upload-Complete", "true"),
                ("Upload-Complete", ""),
                ("Upload-Length", "-1"), ("Upload-Length", "9223372036854775808"), ("Upload-Length", "1.0"),
                ("Upload-Offset", "+0"), ("Upload-Offset", ""), ("Upload-Checksum", "sha1 AAAA"),
                ("Upload-Concat", "partial"), ("Upload-Defer-Length", "1"), ("Repr-Digest", "sha-256=:AAAA:"),
                ("Content-Range", "bytes 0-4/10"), ("Trailer", "Content-Digest"), ("Content-Digest", "md5=:AAAA:"),
                ("Content-Digest", "sha-256=AAAA"), ("Content-Digest", "sha-256=:AAAA:"), ("Content-Digest", ""),
            ] {
                let field: HTTPFields = [HTTPField.Name(name)!: value]
                let refused = try await api.draft(.patch, path, as: user, at: 0, complete: false, field, "hello")
                #expect(
                    refused.status == .badRequest && refused.pointers == ["#\(name.lowercased())"], "\(name): \(value)")
            }
            for both in [HTTPFields([HTTPField(name: .uploadComplete, value: "?1")])] {
                let tus = try await api.send(
                    .patch, path, as: user, headers: TusRefusalTests.sending.merging(both),
                    body: ByteBuffer(string: "hello"))
                #expect(tus.status == .badRequest && tus.pointers == ["#upload-complete"])
            }
            let plain = try await api.draft(
                .patch, path, as: user, at: 0, complete: false, [.contentType: "application/octet-stream"], "hello")
            #expect(plain.status == .unsupportedMediaType)
            #expect(plain.headers[HTTPField.Name("Accept-Patch")!] == "application/partial-upload")
            let coded = try await api.draft(
                .patch, path, as: user, at: 0, complete: false, [.contentEncoding: "gzip"], "hello")
            #expect(coded.status == .unsupportedMediaType)
            #expect(try await api.draft(.head, path, as: user).headers[.uploadOffset] == "0")
            let unsaid = try await api.send(
                .patch, path, as: user, headers: [.uploadOffset: "0"], body: ByteBuffer(string: "hello"))
            #expect(unsaid.status == .preconditionFailed)
            #expect(try await api.send(.get, "/v1/uploads", as: user).ids.count == 1)
        }
    }

    @Test func `a digest of the content is held against it`() async throws {
        let user = user
        @Sendable func digest(_ text: String) -> String {
            Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
        }
        try await TestVideoService.onDatabase().serve { api in
            let begun = try await api.draft(.post, "/v1/uploads", as: user, complete: false)
            let path = try #require(begun.headers[.location])
            let wrong = try await api.draft(
                .patch, path, as: user, at: 0, complete: true, [.contentDigest: "sha-256=:\(digest("hellO")):"], "hello"
            )
            #expect(wrong.status == .badRequest && wrong.code == "video.checksum-mismatch")
            #expect(try await api.draft(.head, path, as: user).headers[.uploadOffset] == "0")
            let right = try await api.draft(
                .patch, path, as: user, at: 0, complete: true,
                [.contentDigest: "md5=:AAAA:, sha-256=:\(digest("hello")):"], "hello")
            #expect(right.headers[.videoID] != nil)
        }
    }

    @Test func `names of files are read as browsers write them`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            for (field, title) in [
                ("inline; filename=\"file name.mp4\"; filename*=UTF-8''%E5%A4%8F.mp4", "夏"),
                ("inline; filename=a.mp4", "a"),
                ("attachment; filename=\"a\\\"b.mp4\"", "a\"b"), ("inline", "Untitled"),
                ("inline; filename*=utf-8'ja'%20a", "a"),
            ] {
                let made = try await api.draft(
                    .post, "/v1/uploads", as: user, complete: true, [.contentDisposition: field], "hello")
                let video = try #require(made.headers[.videoID], "\(field)")
                #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).string("title") == title)
            }
            for field in [
                "inline; filename=\"../a\"", "inline; filename=\"\"", "inline; filename*=latin1''%E9",
                "inline; filename*=UTF-8''%ff", "inline; filename*=UTF-8''a%00b", "inline; filename*=x",
            ] {
                let refused = try await api.draft(
                    .post, "/v1/uploads", as: user, complete: true, [.contentDisposition: field], "hello")
                #expect(refused.status == .badRequest && refused.pointers == ["#content-disposition"], "\(field)")
            }
        }
    }

    @Test func `an upload is gone on with by either protocol`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let tus = try #require(try await api.create(10, as: user).headers[.location])
            #expect(try await api.draft(.patch, tus, as: user, at: 0, complete: false, "hello").status == .noContent)
            let ended = try await api.append(Data("world".utf8), to: tus, at: 5, as: user)
            #expect(ended.headers[.videoID] != nil)
            let begun = try await api.draft(
                .post, "/v1/uploads", as: user, complete: false, [.uploadLength: "10"], "hello")
            let draft = try #require(begun.headers[.location])
            #expect(try await api.offset(draft, as: user).headers[.uploadOffset] == "5")
            #expect(try await api.append(Data("world".utf8), to: draft, at: 5, as: user).status == .noContent)
            #expect(try await api.draft(.patch, draft, as: user, at: 10, complete: true, "").headers[.videoID] != nil)
            let cancelled = try await api.draft(.post, "/v1/uploads", as: user, complete: false)
            let path = try #require(cancelled.headers[.location])
            #expect(try await api.draft(.delete, path, as: user).status == .noContent)
            #expect(try await api.draft(.head, path, as: user).status == .notFound)
        }
    }

    @Test func `an upload of no known length takes what there is room for, and another then finds none`() async throws {
        let user = user
        try await TestVideoService.onDatabase(["VIDEO_QUOTAS": "free uploads=9 videos=9 bytes=8"]).serve { api in
            let path = try #require(
                try await api.draft(.post, "/v1/uploads", as: user, complete: false).headers[.location])
            let second = try await api.draft(.post, "/v1/uploads", as: user, complete: false)
            #expect(second.status == .forbidden && second.code == "video.quota-exceeded")
            let long = try await api.draft(.patch, path, as: user, at: 0, complete: false, [.uploadLength: "9"], "")
            #expect(long.status == .contentTooLarge)
            #expect(try await api.draft(.patch, path, as: user, at: 0, complete: true, "hello").status == .ok)
            #expect(try await api.draft(.post, "/v1/uploads", as: user, complete: true, "abc").status == .created)
        }
    }
}

extension TestClient {
    func draft(
        _ method: HTTPRequest.Method, _ path: String, as user: UUID, _ version: Int? = nil, at offset: Int? = nil,
        complete: Bool? = nil, _ bytes: String
    ) async throws -> ServiceAnswer {
        try await draft(method, path, as: user, version, at: offset, complete: complete, [:], bytes)
    }

    /// A request of the draft; `version` nil is the newest, unnamed.
    func draft(
        _ method: HTTPRequest.Method, _ path: String, as user: UUID, _ version: Int? = nil, at offset: Int? = nil,
        complete: Bool? = nil, _ headers: HTTPFields = [:], _ bytes: String? = nil
    ) async throws -> ServiceAnswer {
        var fields = HTTPFields()
        fields[.uploadDraftInteropVersion] = version.map { "\($0)" }
        fields[.uploadOffset] = offset.map { "\($0)" }
        fields[.uploadComplete] = complete.map { $0 ? "?1" : "?0" }
        if method == .patch { fields[.contentType] = "application/partial-upload" }
        return try await send(
            method, path, as: user, headers: fields.merging(headers), body: bytes.map { ByteBuffer(string: $0) })
    }
}
