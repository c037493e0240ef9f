import DomainKit
import Encodings
import Foundation
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// Whatever stands where a number, a date or a position belongs is answered, and the process lives on.
@Suite("Values at the ends of their ranges", .serialized)
struct HostileValuesTests {
    static let numbers = [
        "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808",
        "18446744073709551615", "-2147483648", "2147483647", "4294967296", "-1", "0", "-0", "+1", "1e400", "NaN",
        "0x10", "٣", "999999999999999999999999999999", "",
    ]
    static let dates = [
        "Sun, 06 Nov -2147483648 08:49:37 GMT", "Sun, 06 Nov 2147483647 08:49:37 GMT",
        "Sun, 06 Nov 9223372036854775807 08:49:37 GMT", "Sun, -2147483648 Nov 1994 08:49:37 GMT",
        "Sun, 2147483647 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 2147483647:2147483647:2147483647 GMT",
        "Sun, 06 Nov 1994 -2147483648:-2147483648:-2147483648 GMT", "Sun, 31 Feb 2036 08:49:37 GMT",
        "Sunday, 06-Nov--1 08:49:37 GMT", "Sun Nov 99 08:49:37 2036", "Sun Nov  6 08:49:37 99999", "0",
        "Thu, 32 Dec 2036 24:60:61 GMT", "1e400", "-9223372036854775808",
    ]

    @Test func `no extreme value in any place the description has is too much`() async throws {
        let user = UUID()
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            for _ in 0..<3 { _ = try await api.video(Data("hello".utf8), as: user) }
            let upload = try #require(try await api.create(10, as: user).headers[.location])
            let walk = ExtremesWalk(
                try OpenAPIDocument(yaml: VideoSpecification.bytes),
                samples: [
                    "id": String(upload.dropFirst("/v1/uploads/".count)), "If-Match": "*", "Tus-Resumable": "1.0.0",
                    "Upload-Length": "10", "Upload-Offset": "0",
                ], altersFraming: false)
            let report = await walk.run(
                api.client, headers: [.authorization: "Bearer \(try service.issuer.token(for: user))"])
            #expect(report.findings == [])
            #expect(report.requests > 1_000)
        }
    }

    @Test func `a cursor of any numbers is a cursor or none`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            for number in Self.numbers {
                for parts in [[number, UUID().lowercased], [number], [number, number], [UUID().lowercased, number]] {
                    let cursor = Base64URL.encode(try JSONEncoder().encode(parts))
                    for path in ["/v1/videos", "/v1/uploads"] {
                        let answer = try await api.send(.get, "\(path)?cursor=\(cursor)", as: user)
                        #expect(answer.status.code < 500, "\(path) \(parts)")
                    }
                }
            }
            try await api.lives()
        }
    }

    @Test func `a date that is none is ignored`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let link = try await api.link(try await api.video(Data("hello".utf8), as: user), as: user)
            for date in Self.dates {
                for name in [HTTPField.Name.ifModifiedSince, .ifUnmodifiedSince] {
                    let answer = try await api.send(.get, link, as: nil, headers: [name: date])
                    #expect(answer.status == .ok, "\(name): \(date)")
                }
                let part = try await api.send(.get, link, as: nil, headers: [.range: "bytes=0-1", .ifRange: date])
                #expect(part.status == .ok, "If-Range: \(date)")
            }
            try await api.lives()
        }
    }

    @Test func `a number of any size in a field, a path or a query is answered`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let link = try await api.link(try await api.video(Data("hello".utf8), as: user), as: user)
            let upload = try #require(try await api.create(10, as: user).headers[.location])
            for number in Self.numbers {
                for range in ["bytes=\(number)-", "bytes=-\(number)", "bytes=0-\(number)", "bytes=\(number)-\(number)"]
                {
                    #expect(try await api.send(.get, link, as: nil, headers: [.range: range]).status.code < 500)
                }
                let text = number.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                for path in [
                    "/v1/videos/\(text)", "/v1/videos/\(text)/playback", "/v1/uploads/\(text)",
                    "/v1/videos?limit=\(text)", "/v1/uploads?limit=\(text)", "/v1/videos?owner=\(text)",
                    link.replacing(/expires=[0-9]+/, with: "expires=\(text)"),
                ] {
                    #expect(try await api.send(.get, path, as: user).status.code < 500, "\(path)")
                }
                let tus: HTTPFields = [.tusResumable: "1.0.0", .contentType: "application/offset+octet-stream"]
                let created = try await api.send(
                    .post, "/v1/uploads", as: user, headers: tus.merging([.uploadLength: number]))
                #expect(created.status.code < 500, "Upload-Length: \(number)")
                let sent = try await api.send(
                    .patch, upload, as: user, headers: tus.merging([.uploadOffset: number]), body: ByteBuffer())
                #expect(sent.status.code < 500, "Upload-Offset: \(number)")
                if !number.isEmpty {
                    let body = #"{"title":\#(number),"tags":\#(number),"visibility":[\#(number)]}"#
                    let edited = try await api.send(
                        .patch, String(link.prefix { $0 != "?" }.replacing("/media/", with: "/v1/")), as: user, body,
                        headers: [.ifMatch: "\"v\(number)\""])
                    #expect(edited.status.code < 500, "\(body)")
                }
            }
            try await api.lives()
        }
    }
}

extension TestClient {
    /// The process still answers.
    func lives() async throws {
        #expect(try await send(.get, "/openapi.yaml", as: nil).status == .ok)
    }
}

extension HTTPFields {
    func merging(_ other: HTTPFields) -> HTTPFields {
        var fields = self
        for field in other { fields[field.name] = field.value }
        return fields
    }
}
