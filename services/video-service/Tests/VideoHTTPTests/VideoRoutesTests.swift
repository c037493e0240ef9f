import DomainKit
import Foundation
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

@Suite("Videos over HTTP", .serialized)
struct VideoRoutesTests {
    let user = UUID()
    let other = UUID()
    let bytes = Data("hello world".utf8)

    @Test func `a private video exists for its owner alone`() async throws {
        let (user, other, bytes) = (user, other, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let shown = try await api.video(bytes, as: user)
            let hidden = try await api.video(bytes, as: user, ["visibility": "private", "title": "secret"])
            for path in ["/v1/videos/\(hidden)", "/v1/videos/\(hidden)/playback"] {
                let answer = try await api.send(.get, path, as: other)
                #expect(answer.status == .notFound && answer.code == "video.not-found")
                #expect(try await api.send(.get, path, as: user).status == .ok)
            }
            let change = try await api.send(
                .patch, "/v1/videos/\(hidden)", as: other, "{}", headers: [.ifMatch: "*"])
            #expect(change.status == .notFound)
            let any: HTTPFields = [.ifMatch: "*"]
            #expect(
                try await api.send(.delete, "/v1/videos/\(hidden)", as: other, headers: any).status == .notFound)
            #expect(
                try await api.send(.delete, "/v1/videos/\(shown)", as: other, headers: any).code == "video.not-yours")
            #expect(try await api.send(.get, "/v1/videos", as: other).ids == [shown])
            #expect(try await api.send(.get, "/v1/videos?q=secret", as: other).ids == [])
            #expect(try await api.send(.get, "/v1/videos", as: user).ids == [hidden, shown])
        }
    }

    @Test func `a change needs the version it changes`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let path = "/v1/videos/\(try await api.video(bytes, as: user))"
            let read = try await api.send(.get, path, as: user)
            let etag = try #require(read.headers[.eTag])
            #expect(try await api.send(.get, path, as: user, headers: [.ifNoneMatch: etag]).status == .notModified)
            let json = #"{"title":"New","tags":["Summer","夏"],"description":"two\nlines","visibility":"private"}"#
            #expect(try await api.send(.patch, path, as: user, json).status == .preconditionRequired)
            let changed = try await api.send(.patch, path, as: user, json, headers: [.ifMatch: etag])
            #expect(changed.status == .ok && changed.headers[.eTag] != etag)
            #expect(changed.json["tags"] as? [String] == ["summer", "夏"])
            let stale = try await api.send(.patch, path, as: user, json, headers: [.ifMatch: etag])
            #expect(stale.status == .preconditionFailed)
            #expect(
                try await api.send(.delete, path, as: user, headers: [.ifMatch: etag]).status == .preconditionFailed)
            #expect(try await api.send(.delete, path, as: user).status == .preconditionRequired)
            let tag = try #require(changed.headers[.eTag])
            let same = try await api.send(.patch, path, as: user, "{}", headers: [.ifMatch: tag])
            #expect(same.status == .ok && same.headers[.eTag] == tag, "nothing was to change")
            let again = try await api.send(.patch, path, as: user, json, headers: [.ifMatch: tag])
            #expect(again.status == .ok && again.headers[.eTag] == tag, "nothing changed")
            #expect(try await api.send(.delete, path, as: user, headers: [.ifMatch: tag]).status == .noContent)
            #expect(try await api.send(.get, path, as: user).status == .notFound)
        }
    }

    @Test func `what is to be done unless a version is there is not done when it is`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let path = "/v1/videos/\(try await api.video(bytes, as: user))"
            let etag = try #require(try await api.send(.get, path, as: user).headers[.eTag])
            for known in [etag, "W/" + etag, "*", "\"x\", " + etag] {
                let fields: HTTPFields = [.ifMatch: "*", .ifNoneMatch: known]
                let changed = try await api.send(.patch, path, as: user, #"{"title":"New"}"#, headers: fields)
                #expect(changed.status == .preconditionFailed, "\(known)")
                #expect(try await api.send(.delete, path, as: user, headers: fields).status == .preconditionFailed)
            }
            let other: HTTPFields = [.ifMatch: etag, .ifNoneMatch: "\"x\""]
            let changed = try await api.send(.patch, path, as: user, #"{"title":"New"}"#, headers: other)
            #expect(changed.status == .ok)
            let upload = try #require(try await api.create(10, as: user).headers[.location])
            let tag = try #require(try await api.send(.get, upload, as: user).headers[.eTag])
            let tus: HTTPFields = [
                .tusResumable: "1.0.0", .uploadOffset: "0", .contentType: "application/offset+octet-stream",
            ]
            for fields in [[.ifMatch: "\"x\""], [.ifNoneMatch: tag], [.ifNoneMatch: "*"]] as [HTTPFields] {
                let sent = try await api.send(
                    .patch, upload, as: user, headers: tus.merging(fields), body: .init(string: "hello"))
                #expect(sent.status == .preconditionFailed && sent.code == "platform.precondition-failed")
                let gone = try await api.send(.delete, upload, as: user, headers: fields)
                #expect(gone.status == .preconditionFailed && gone.code == "platform.precondition-failed")
            }
            let seen = try await api.send(.get, upload, as: user)
            #expect(seen.json["received"] as? Int == 0)
            let now = try #require(seen.headers[.eTag])
            #expect(try await api.send(.delete, upload, as: user, headers: [.ifMatch: now]).status == .noContent)
        }
    }

    @Test func `input that is not understood is refused with a pointer`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            let path = "/v1/videos/\(try await api.video(bytes, as: user))"
            let bodies: [(String, Int, [String])] = [
                (#"{"titel":"x"}"#, 400, ["/titel"]), (#"{"title":7}"#, 400, ["/title"]),
                (#"{"title":null}"#, 400, ["/title"]), (#"{"title":""}"#, 400, ["/title"]),
                (#"{"visibility":"friends"}"#, 400, ["/visibility"]), (#"{"tags":["a",""]}"#, 400, ["/tags/1"]),
                (#"{"tags":"a"}"#, 400, ["/tags"]), (#"{"title":"a","title":"b"}"#, 400, ["/title"]),
                (#"{"title":"\#(String(repeating: "a", count: 200_000))"}"#, 400, ["/title"]),
                (#"{"title":"\#(String(repeating: "a", count: 1 << 20))"}"#, 413, []),
            ]
            for (body, status, pointers) in bodies {
                let answer = try await api.send(.patch, path, as: user, body, headers: [.ifMatch: "*"])
                #expect(
                    answer.status.code == status && Set(answer.pointers) == Set(pointers),
                    "\(body.prefix(60)) \(answer.pointers)")
            }
            for body in [String(repeating: "[", count: 100_000), "{", "", "\"x\""] {
                let answer = try await api.send(.patch, path, as: user, body, headers: [.ifMatch: "*"])
                #expect(answer.status == .badRequest && answer.pointers.count == 1, "\(body.prefix(60))")
            }
            let utf8 = try await api.send(
                .patch, path, as: user, headers: [.ifMatch: "*", .contentType: "application/json"],
                body: .init(bytes: Array(#"{"title":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)))
            #expect(utf8.status == .badRequest)
            let form = try await api.send(
                .patch, path, as: user, "title=x", headers: [.ifMatch: "*", .contentType: "text/plain"])
            #expect(form.status == .unsupportedMediaType)
            for query in [
                "limit=0", "limit=101", "limit=x", "cursor=x", "owner=7", "colour=red", "q=%00", "q=%ff", "shared=you",
                "shared=me&q=x",
            ] {
                #expect(try await api.send(.get, "/v1/videos?\(query)", as: user).status == .badRequest, "\(query)")
            }
            let wrong = try await api.send(.put, path, as: user)
            #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow]?.contains("PATCH") == true)
        }
    }

    @Test func `no token, a bad one or a foreign one is 401`() async throws {
        let service = try await TestVideoService.onDatabase()
        let user = user
        try await service.serve { api in
            let good = try service.issuer.token(for: user)
            let tokens = [
                "", "garbled", good + "x", String(good.dropLast(3)),
                try service.issuer.token(for: user, algorithm: "none"),
                try service.issuer.token(for: user, algorithm: "HS256"), try service.issuer.token(for: user, life: -30),
                try service.issuer.token(for: user, issuer: "http://elsewhere"),
                try service.issuer.token(for: user, audience: "else"),
                try TestIssuer(name: service.issuer.name).token(for: user),
            ]
            for path in ["/v1/videos", "/v1/uploads"] {
                #expect(try await api.send(.get, path, as: nil).status == .unauthorized)
                for token in tokens {
                    let answer = try await api.send(.get, path, as: nil, headers: [.authorization: "Bearer \(token)"])
                    #expect(answer.status == .unauthorized && answer.code == "platform.unauthenticated")
                    #expect(answer.headers[.wwwAuthenticate] == "Bearer")
                }
                let accepted = try await api.send(.get, path, as: nil, headers: [.authorization: "Bearer \(good)"])
                #expect(accepted.status == .ok)
            }
        }
    }

    @Test func `lists go on behind their cursor`() async throws {
        let (user, bytes) = (user, bytes)
        try await TestVideoService.onDatabase().serve { api in
            var made: [String] = []
            for _ in 0..<5 { made.insert(try await api.video(bytes, as: user), at: 0) }
            let first = try await api.send(.get, "/v1/videos?limit=3", as: user)
            let second = try await api.send(
                .get, "/v1/videos?limit=3&cursor=\(try first.string("next_cursor"))", as: user)
            #expect(first.ids + second.ids == made && second.json["next_cursor"] is NSNull)
        }
    }

    @Test func `while the database is away it is 503, and then all is well again`() async throws {
        let server = try await TestPostgres.start()
        let url = try await server.createDatabase()
        try await TestVideoService.migrate(url)
        let (user, bytes) = (user, bytes)
        try await TestVideoService(databaseURL: url).serve { api in
            let path = "/v1/videos/\(try await api.video(bytes, as: user))"
            let link = try await api.link(String(path.dropFirst("/v1/videos/".count)), as: user)
            try await server.stop()
            let away = try await api.send(.get, path, as: user)
            #expect(away.status == .serviceUnavailable && away.headers[.retryAfter] != nil)
            #expect(try await api.create(10, as: user).status == .serviceUnavailable)
            #expect(try await api.send(.get, link, as: nil).body == bytes, "signed links need no database")
            try await server.start()
            #expect(try await api.send(.get, path, as: user).status == .ok)
        }
    }
}
