import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import IdentityEvents
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@testable import UserServer

@Suite struct DataExportRoutesTests {
    /// Gives the parts of all services but `late`, as they do themselves.
    func give(_ id: String, _ service: TestService, _ api: TestUserClient, but late: String? = nil) async throws {
        let id = try #require(DataExportID(id))
        for name in DataExport.services.sorted() where name != late {
            for (number, place) in [(0, "further"), (1, nil)] as [(Int, String?)] {
                try await service.exports.take(
                    ExportPiece(kind: "things", content: Data("[\"\(name)\"]".utf8), place: place), number: number,
                    of: id, from: name)
            }
        }
    }

    @Test func `an export is ready when all services gave their parts, and is fetched in one go or in parts`()
        async throws
    {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let asked = try await api.send(.post, "/v1/me/data-exports", token: user.access)
            let id = try asked.string("id")
            #expect(try asked.status == .accepted && asked.string("state") == "running" && asked.json["url"] is NSNull)
            #expect(try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id") == id)
            let path = "/v1/me/data-exports/\(id)"
            let early = try await api.send(.get, path + "/archive", token: user.access)
            #expect(early.status == .conflict && early.code == "user.export-not-ready")
            try await give(id, service, api)
            let ready = try await api.send(.get, path, token: user.access)
            #expect(try ready.string("state") == "ready" && ready.string("url") == path + "/archive")
            let whole = try await api.send(.get, path + "/archive", token: user.access)
            #expect(whole.status == .ok && whole.body.prefix(4) == Data([0x50, 0x4B, 3, 4]))
            let etag = try #require(whole.headers[.eTag])
            let rest = try await api.send(
                .get, path + "/archive", token: user.access, headers: [.range: "bytes=100-", .ifRange: etag])
            #expect(rest.status == .partialContent && rest.body == whole.body.dropFirst(100))
            let changed = try await api.send(
                .get, path + "/archive", token: user.access, headers: [.range: "bytes=100-", .ifRange: "\"x\""])
            #expect(changed.status == .ok && changed.body == whole.body)
            let beyond = try await api.send(
                .get, path + "/archive", token: user.access, headers: [.range: "bytes=999999-"])
            #expect(beyond.status == .rangeNotSatisfiable)
        }
    }

    @Test func `nobody sees another's export, nor one whose time is over`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let (user, other) = (try await api.newUser(), try await api.newUser())
            let id = try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id")
            try await give(id, service, api)
            for path in ["/v1/me/data-exports/\(id)", "/v1/me/data-exports/\(id)/archive", "/v1/me/data-exports/x"] {
                let answer = try await api.send(.get, path, token: other.access)
                #expect(answer.status == .notFound && answer.code == "user.export-not-found")
            }
            service.clock.advance(by: .seconds(604_800))
            let back = try await api.signIn(email: user.email)
            #expect(try await api.send(.get, "/v1/me/data-exports/\(id)", token: back.access).status == .notFound)
        }
    }

    @Test func `who is signed out, banned or erased meanwhile gets nothing any more`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            func ready() async throws -> (SignedIn, String) {
                let user = try await api.newUser()
                let id = try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id")
                try await give(id, service, api)
                let path = "/v1/me/data-exports/\(id)"
                #expect(try await api.send(.get, path + "/archive", token: user.access).status == .ok)
                return (user, path)
            }
            func refused(_ user: SignedIn, _ path: String, _ status: HTTPResponse.Status) async throws {
                for path in [path, path + "/archive"] {
                    #expect(try await api.send(.get, path, token: user.access).status == status, "\(path)")
                }
            }
            let (left, leftPath) = try await ready()
            _ = try await api.send(.delete, "/v1/sessions/\(left.session)", token: left.access)
            try await refused(left, leftPath, .unauthorized)
            let (erased, erasedPath) = try await ready()
            _ = try await api.send(
                .delete, "/v1/me", #"{"password":"\#(TestService.password)"}"#, token: erased.access)
            try await refused(erased, erasedPath, .unauthorized)
            let (banned, bannedPath) = try await ready()
            let admin = try await service.newAdmin(api)
            let path = "/v1/admin/users/\(banned.user)"
            let seen = try await api.send(.get, path, token: admin.access)
            let ban = try await api.send(
                .put, path + "/ban", #"{"reason":"x"}"#, token: admin.access,
                headers: [.ifMatch: try #require(seen.headers[.eTag])])
            #expect(ban.status.kind == .successful)
            try await refused(banned, bannedPath, .forbidden)
        }
    }

    /// An archive of more than the buffers of both sides hold, and the beginning of its download.
    private func download(
        _ service: TestService, _ api: TestUserClient
    ) async throws -> (user: SignedIn, connection: RawConnection, size: Int) {
        let user = try await api.newUser()
        let id = try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id")
        let export = try #require(DataExportID(id))
        let (size, files) = (1_024 * 1_024, 48)
        for name in DataExport.services.sorted() {
            for number in 0..<files {
                let place = number == files - 1 ? nil : "further"
                try await service.exports.take(
                    ExportPiece(kind: "things", content: Data(count: name == "chat-service" ? size : 2), place: place),
                    number: number, of: export, from: name)
            }
        }
        let connection = try RawConnection(port: try #require(api.client.port))
        await connection.send(
            """
            GET /v1/me/data-exports/\(id)/archive HTTP/1.1\r
            Host: test\r
            Connection: close\r
            Authorization: Bearer \(user.access)\r
            \r

            """)
        let head = await connection.read(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200"))
        return (user, connection, size * files)
    }

    @Test func `a download that runs ends when its reader is banned or signed out, and nobody else's`() async throws {
        let service = try await TestService()
        try await service.serve(.live) { api in
            let (left, banned, other) = (
                try await download(service, api), try await download(service, api), try await download(service, api)
            )
            _ = try await api.send(.delete, "/v1/sessions/\(left.user.session)", token: left.user.access)
            let admin = try await service.newAdmin(api)
            let path = "/v1/admin/users/\(banned.user.user)"
            let seen = try await api.send(.get, path, token: admin.access)
            let ban = try await api.send(
                .put, path + "/ban", #"{"reason":"x"}"#, token: admin.access,
                headers: [.ifMatch: try #require(seen.headers[.eTag])])
            #expect(ban.status.kind == .successful)
            for cut in [left, banned] {
                let rest = await cut.connection.count()
                #expect(rest < cut.size / 2)
            }
            let whole = await other.connection.count()
            #expect(whole > other.size - 65_536)
        }
    }

    @Test func `a service without a part in exports is told of none, and gives nothing`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let id = try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id")
            let basic = "\(TestService.reader):\(TestService.serviceSecret)"
            let token = try await api.grant(basic: basic).string("access_token")
            let list = try await api.send(.get, "/internal/v1/data-exports", token: token)
            #expect(list.status == .forbidden && list.code == "platform.forbidden")
            let path = "/internal/v1/data-exports/\(id)/pieces/0?kind=a"
            #expect(try await api.send(.put, path, "[]", token: token).status == .forbidden)
            #expect(try await api.send(.put, path, "[]", token: user.access).status == .forbidden)
        }
    }

    @Test func `an export says that it failed, and why`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let asked = try await api.send(.post, "/v1/me/data-exports", token: user.access)
            let path = "/v1/me/data-exports/\(try asked.string("id"))"
            let etag = try #require(asked.headers[.eTag])
            let same = try await api.send(.get, path, token: user.access, headers: [.ifNoneMatch: etag])
            #expect(same.status == .notModified)
            service.exports.fail(.outOfTime)
            let failed = try await api.send(.get, path, token: user.access, headers: [.ifNoneMatch: etag])
            #expect(try failed.string("state") == "failed" && failed.string("reason") == "out-of-time")
            #expect(failed.json["url"] is NSNull)
            #expect(try await api.send(.get, path + "/archive", token: user.access).status == .conflict)
        }
    }

    @Test func `a service gives its part piece by piece, and a repeat changes nothing`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let id = try await api.send(.post, "/v1/me/data-exports", token: user.access).string("id")
            let basic = "\(TestService.exporter):\(TestService.serviceSecret)"
            let token = try await api.grant(basic: basic).string("access_token")
            func next() async throws -> (Int?, String?) {
                let page = try await api.send(.get, "/internal/v1/data-exports", token: token)
                let item = (page.json["items"] as? [[String: Any]])?.first
                return (item?["next"] as? Int, item?["place"] as? String)
            }
            #expect(try await next() == (0, nil))
            let path = "/internal/v1/data-exports/\(id)/pieces"
            for _ in 0..<2 {
                let given = try await api.send(.put, path + "/0?kind=things&place=a%20b", "[1]", token: token)
                #expect(given.status == .noContent)
            }
            #expect(try await next() == (1, "a b"))
            #expect(try await api.send(.put, path + "/1?kind=things", "[2]", token: token).status == .noContent)
            #expect(try await next() == (nil, nil))
            for (path, status) in [
                (path + "/2", HTTPResponse.Status.badRequest), (path + "/2?kind=A", .badRequest),
                (path + "/x?kind=a", .notFound), (path + "/-1?kind=a", .notFound),
                (path + "/99999999999999999999?kind=a", .notFound), (path + "/2?kind=..%2Fa", .badRequest),
                (path + "/2?kind=a%00", .badRequest),
                (path + "/2?kind=\(String(repeating: "a", count: 41))", .badRequest),
                ("/internal/v1/data-exports/\(UUID().lowercased)/pieces/0?kind=a", .notFound),
            ] { #expect(try await api.send(.put, path, "[]", token: token).status == status, "\(path)") }
            let large = String(repeating: " ", count: ExportPiece.largest + 1)
            #expect(try await api.send(.put, path + "/2?kind=a", large, token: token).status == .contentTooLarge)
        }
    }
}
