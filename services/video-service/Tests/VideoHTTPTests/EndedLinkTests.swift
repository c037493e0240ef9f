import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import ServiceKit
import Synchronization
import Testing
import VideoDomain
import VideoHTTP
import VideoServer
import VideoTestKit

/// What becomes of links that were handed out when others may watch the video than before.
@Suite("Links to what may be watched no more", .serialized, .timeLimit(.minutes(2)))
struct EndedLinkTests {
    let owner = UUID()
    let viewer = UUID()
    let judge = UUID()
    private let because = #"{"reason":"x"}"#

    private func untilStatus(
        _ status: HTTPResponse.Status, of link: String, _ api: TestClient
    ) async throws {
        // Without a body, which might be cut off just then.
        try await until("the link answers \(status)") {
            try await api.send(.head, link, as: nil).status == status
        }
    }

    @Test func `nobody's link is good while it is down, but for those who decide about it`() async throws {
        let (owner, viewer, judge, because) = (owner, viewer, judge, because)
        let service = try await TestVideoService.onDatabase()
        try await service.following { api in
            let moderating = api.acting(as: "moderator")
            let (video, other) = (
                try await api.video(Data("hello".utf8), as: owner), try await api.video(Data("other".utf8), as: owner)
            )
            var links: [String] = []
            for person in [viewer, owner, judge] { links.append(try await api.link(video, as: person)) }
            let spare = try await api.link(other, as: viewer)
            for link in links { #expect(try await api.send(.get, link, as: nil).status == .ok) }
            try await moderating.send(.put, "/v1/videos/\(video)/removal", as: judge, because)
            for link in links {
                try await untilStatus(.notFound, of: link, api)
                for (method, fields) in [(.get, [.range: "bytes=1-2"]), (.get, [:]), (.head, [:])]
                    as [(HTTPRequest.Method, HTTPFields)]
                {
                    let refused = try await api.send(method, link, as: nil, headers: fields)
                    #expect(refused.status == .notFound)
                    if method == .get { #expect(refused.code == "video.not-found") }
                }
            }
            #expect(try await api.send(.get, spare, as: nil).status == .ok)
            let review = try await moderating.link(video, as: judge)
            #expect(try await api.send(.get, review, as: nil).status == .ok)
            // Again, which changes nothing but the reason.
            try await moderating.send(.put, "/v1/videos/\(video)/removal", as: judge, #"{"reason":"y"}"#)
            #expect(try await api.send(.get, links[0], as: nil).status == .notFound)
            try await moderating.send(.delete, "/v1/videos/\(video)/removal", as: judge)
            for link in links + [review] { try await untilStatus(.ok, of: link, api) }
        }
    }

    @Test func `a body that runs ends, at every replica`() async throws {
        let (owner, viewer, judge, because) = (owner, viewer, judge, because)
        let service = try await TestVideoService.onDatabase()
        let replica = try TestVideoService(settings: [
            "DATABASE_URL": service.databaseURL,
            "OBJECT_STORE_URL": service.directory.appending(path: "media").absoluteString,
        ])
        try await service.following { api in
            // More than the buffers of both sides hold.
            let size = 64 << 20
            let video = try await api.video(Data(count: size), as: owner)
            let link = try await api.link(video, as: viewer)
            try await replica.following { there in
                var connections: [RawConnection] = []
                for port in [api.client.port, there.client.port] {
                    connections.append(try await playing(link, at: try #require(port)))
                }
                try await api.acting(as: "moderator").send(
                    .put, "/v1/videos/\(video)/removal", as: judge, because)
                for client in [api, there] { try await untilStatus(.notFound, of: link, client) }
                for connection in connections { #expect(await connection.count() < size / 2) }
            }
        }
    }

    @Test func `a link ends with its share, and with what others may watch, and comes back with it`() async throws {
        let (owner, viewer) = (owner, viewer)
        let service = try await TestVideoService.onDatabase()
        try await service.following { api in
            let video = try await api.video(Data("hello".utf8), as: owner, ["visibility": "private"])
            let share = "/v1/videos/\(video)/shares/\(viewer)"
            try await api.send(.put, share, as: owner)
            let own = try await api.link(video, as: owner)
            let shared = try await api.link(video, as: viewer)
            #expect(try await api.send(.get, shared, as: nil).status == .ok)
            for method in [HTTPRequest.Method.delete, .put, .delete] {
                try await api.send(method, share, as: owner)
                try await untilStatus(method == .put ? .ok : .notFound, of: shared, api)
                #expect(try await api.send(.get, own, as: nil).status == .ok)
            }
            #expect(try await api.send(.get, shared, as: nil, headers: [.range: "bytes=1-2"]).code == "video.not-found")

            try await api.edit(video, #"{"visibility":"unlisted"}"#, as: owner)
            try await untilStatus(.ok, of: shared, api)
            try await api.edit(video, #"{"title":"Another"}"#, as: owner)
            try await api.edit(video, #"{"visibility":"private"}"#, as: owner)
            try await untilStatus(.notFound, of: shared, api)
            #expect(try await api.send(.get, own, as: nil).status == .ok)
        }
    }

    @Test func `a link of somebody who is no member ends when the video is for members, and of one who is does not`()
        async throws
    {
        let (owner, viewer, member, rights) = (owner, viewer, UUID(), ScriptedRights())
        rights.setMembers([UserID(member)])
        let service = try await TestVideoService.onDatabase(rights: rights)
        try await service.following { api in
            let video = try await api.video(Data("hello".utf8), as: owner)
            let (free, paid) = (try await api.link(video, as: viewer), try await api.link(video, as: member))
            try await api.edit(video, #"{"visibility":"members"}"#, as: owner)
            try await untilStatus(.forbidden, of: free, api)
            #expect(try await api.send(.get, free, as: nil).code == "video.membership-required")
            #expect(try await api.send(.get, paid, as: nil).status == .ok)
            // Nobody can say: nothing is sent that was not allowed since.
            rights.refuse(.watch, with: .unavailable("identity"))
            #expect(try await api.send(.get, paid, as: nil).status == .ok, "asked already")
            try await api.edit(video, #"{"visibility":"unlisted"}"#, as: owner)
            try await untilStatus(.serviceUnavailable, of: paid, api)
        }
    }

    @Test func `a link to what is deleted ends at once, in the middle of the film, too`() async throws {
        let (owner, viewer) = (owner, viewer)
        let access = WatchAccessTable()
        let service = try TestVideoService(
            settings: ["DATABASE_URL": try await TestVideoService.database()], access: access, rights: ScriptedRights())
        try await service.following { api in
            let size = 64 << 20
            let video = try await api.video(Data(count: size), as: owner)
            let link = try await api.link(video, as: viewer)
            let playing = try await api.playing(link)
            let version = try #require(try await api.send(.get, "/v1/videos/\(video)", as: owner).headers[.eTag])
            let gone = try await api.send(.delete, "/v1/videos/\(video)", as: owner, headers: [.ifMatch: version])
            #expect(gone.status == .noContent)
            try await untilStatus(.notFound, of: link, api)
            try await until("it is known") { access.change(of: "videos/\(video)")?.isClosed == true }
            #expect(await playing.count() < size / 2)
        }
    }

    @Test func `whoever may go on watching does not notice that another may not`() async throws {
        let (owner, viewer, other) = (owner, viewer, UUID())
        let service = try await TestVideoService.onDatabase()
        try await service.following { api in
            let size = 64 << 20
            let video = try await api.video(Data(count: size), as: owner, ["visibility": "private"])
            for person in [viewer, other] {
                try await api.send(.put, "/v1/videos/\(video)/shares/\(person)", as: owner)
            }
            let link = try await api.link(video, as: viewer)
            let (ending, going) = (
                try await api.playing(link), try await api.playing(try await api.link(video, as: other))
            )
            try await api.send(.delete, "/v1/videos/\(video)/shares/\(viewer)", as: owner)
            try await untilStatus(.notFound, of: link, api)
            #expect(await ending.count() < size / 2)
            #expect(await going.count() == size)
        }
    }

    @Test func `while nobody knows who may watch what no link is good, and soon after it is`() async throws {
        let owner = owner
        let known = try await TestVideoService.onDatabase()
        let link = try await known.serve { api in
            try await api.link(try await api.video(Data("hello".utf8), as: owner), as: owner)
        }
        let late = try TestVideoService(
            settings: [
                "DATABASE_URL": known.databaseURL,
                "OBJECT_STORE_URL": known.directory.appending(path: "media").absoluteString,
            ], access: WatchAccessTable())
        try await late.serve { api in
            let refused = try await api.send(.get, link, as: nil)
            #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] != nil)
            let check = try #require(late.wiring.checks.first { $0.name == "postgres" })
            #expect(await check.run() == nil)
            #expect(try await api.send(.get, link, as: nil).status == .ok, "whoever is ready knows")
        }
    }

    @Test func `it counts as long as it is heard, and no longer`() {
        let now = Atomic<UInt64>(1_000_000_000)
        let table = WatchAccessTable(patience: .seconds(60)) { now.load(ordering: .relaxed) }
        #expect(!table.isCurrent)
        let change = AccessChange(mark: 1, isClosed: false)
        table.replace(["a": change], asOf: table.now)
        #expect(table.isCurrent && table.change(of: "a") == change && table.change(of: "b") == nil)
        now.store(61_000_000_000, ordering: .relaxed)
        #expect(table.isCurrent)
        now.store(61_000_000_001, ordering: .relaxed)
        #expect(!table.isCurrent)
        table.replace([:], asOf: 2_000_000_000)
        #expect(table.isCurrent && table.change(of: "a") == nil)
    }
}

/// Somebody who has seen the head of an answer and nothing of its body yet.
private func playing(_ link: String, at port: Int) async throws -> RawConnection {
    let connection = try RawConnection(port: port)
    await connection.send("GET \(link) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    #expect(await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    return connection
}

extension TestClient {
    fileprivate func playing(_ link: String) async throws -> RawConnection {
        try await VideoHTTPTests.playing(link, at: try #require(client.port))
    }

    fileprivate func edit(_ video: String, _ changes: String, as owner: UUID) async throws {
        let version = try #require(try await send(.get, "/v1/videos/\(video)", as: owner).headers[.eTag])
        let edited = try await send(.patch, "/v1/videos/\(video)", as: owner, changes, headers: [.ifMatch: version])
        #expect(edited.status == .ok)
    }
}
