import DomainKit
import Encodings
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing

@testable import VideoHTTP

@Suite("Bytes by signed URL", .serialized)
struct MediaRoutesTests {
    let user = UUID()
    /// More than one step of what is sent at once.
    let bytes = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 11) })

    @Test func `the whole and its ranges arrive as they were sent`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let video = try await api.video(bytes, as: user, ["filename": "夏.mp4", "filetype": "video/mp4"])
            let link = try await api.link(video, as: user)
            let whole = try await api.send(.get, link, as: nil)
            #expect(whole.status == .ok && whole.body == bytes)
            #expect(whole.headers[.contentType] == "video/mp4" && whole.headers[.acceptRanges] == "bytes")
            #expect(
                whole.headers[.contentDisposition]?.hasPrefix("inline; filename=\"_.mp4\"; filename*=UTF-8''") == true)
            let cases: [(String, Range<Int>)] = [
                ("bytes=0-0", 0..<1), ("bytes=1-4999998", 1..<4_999_999), ("bytes=4999999-", 4_999_999..<5_000_000),
                ("bytes=-7", 4_999_993..<5_000_000), ("bytes=-9999999", 0..<5_000_000),
                ("bytes=2097151-2097153", 2_097_151..<2_097_154), ("bytes=100-99999999", 100..<5_000_000),
            ]
            for (field, range) in cases {
                let part = try await api.send(.get, link, as: nil, headers: [.range: field])
                #expect(part.status == .partialContent && part.body == bytes[range], "\(field)")
                #expect(
                    part.headers[.contentRange] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/5000000")
            }
        }
    }

    @Test func `ranges that cannot be are refused, and malformed ones ignored`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let link = try await api.link(try await api.video(Data("hello".utf8), as: user), as: user)
            for field in ["bytes=5-", "bytes=9-10", "bytes=-0"] {
                let answer = try await api.send(.get, link, as: nil, headers: [.range: field])
                #expect(answer.status == .rangeNotSatisfiable && answer.headers[.contentRange] == "bytes */5")
            }
            for field in ["bytes=3-1", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes=", "bytes=--1"] {
                let answer = try await api.send(.get, link, as: nil, headers: [.range: field])
                #expect(answer.status == .ok && answer.body == Data("hello".utf8), "\(field)")
            }
        }
    }

    @Test func `conditions are kept`() async throws {
        let user = user
        try await TestVideoService.onDatabase().serve { api in
            let link = try await api.link(try await api.video(Data("hello".utf8), as: user), as: user)
            let head = try await api.send(.head, link, as: nil)
            #expect(head.status == .ok && head.body.isEmpty && head.headers[.contentLength] == "5")
            let etag = try #require(head.headers[.eTag])
            let modified = try #require(head.headers[.lastModified])
            let cases: [(HTTPFields, Int)] = [
                ([.ifNoneMatch: etag], 304), ([.ifNoneMatch: "\"x\""], 200), ([.ifModifiedSince: modified], 304),
                ([.ifMatch: etag], 200), ([.ifMatch: "\"x\""], 412),
                ([.range: "bytes=1-2", .ifRange: etag], 206), ([.range: "bytes=1-2", .ifRange: "\"x\""], 200),
                ([.range: "bytes=1-2", .ifRange: modified], 206),
                ([.range: "bytes=1-2", .ifRange: "Sun, 06 Nov 1994 08:49:37 GMT"], 200),
                ([.range: "bytes=1-2", .ifRange: "W/" + etag], 200),
            ]
            for (fields, status) in cases {
                #expect(try await api.send(.get, link, as: nil, headers: fields).status.code == status, "\(fields)")
            }
        }
    }

    @Test func `a link that was changed, has expired or names what is gone gives nothing`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await api.video(Data("<script>".utf8), as: user, ["filetype": "text/html"])
            let link = try await api.link(video, as: user)
            let saved = try await api.send(.get, link, as: nil)
            #expect(saved.headers[.contentDisposition] == "attachment")
            let other = try await api.video(Data("x".utf8), as: user)
            for forged in [
                link.replacing(video, with: other), link.replacing("expires=1", with: "expires=2"), link + "A",
                "/media/videos/\(video)", "/media/../uploads/x",
            ] {
                let answer = try await api.send(.get, forged, as: nil)
                #expect(answer.status == .forbidden && answer.code == "video.link-invalid", "\(forged)")
            }
            try await api.send(.delete, "/v1/videos/\(video)", as: user, headers: [.ifMatch: "*"])
            #expect(try await api.send(.get, link, as: nil).status == .notFound)
        }
    }
}

@Suite("Header fields of bytes")
struct MediaFieldsTests {
    @Test func `a name cannot break out of its header field`() {
        let field = ContentDisposition.field(contentType: "video/mp4", filename: "a\"; x=\"b\\.mp4")
        #expect(field.hasPrefix("inline; filename=\"a_; x=_b_.mp4\"; filename*=UTF-8''a%22%3B%20x%3D%22b%5C.mp4"))
    }
}
