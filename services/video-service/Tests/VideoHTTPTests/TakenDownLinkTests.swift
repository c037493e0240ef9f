import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import ServiceKit
import Synchronization
import Testing
import VideoHTTP
import VideoServer

/// What becomes of links that were handed out when the video is taken down.
@Suite("Links to what is taken down", .serialized, .timeLimit(.minutes(2)))
struct TakenDownLinkTests {
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
                    let connection = try RawConnection(port: try #require(port))
                    await connection.send("GET \(link) HTTP/1.1\r\nHost: test\r\n\r\n")
                    #expect(await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
                    connections.append(connection)
                }
                try await api.acting(as: "moderator").send(
                    .put, "/v1/videos/\(video)/removal", as: judge, because)
                for client in [api, there] { try await untilStatus(.notFound, of: link, client) }
                for connection in connections { #expect(await connection.count() < size / 2) }
            }
        }
    }

    @Test func `while nobody knows what is taken down no link is good, and soon after it is`() async throws {
        let owner = owner
        let known = try await TestVideoService.onDatabase()
        let link = try await known.serve { api in
            try await api.link(try await api.video(Data("hello".utf8), as: owner), as: owner)
        }
        let late = try TestVideoService(
            settings: [
                "DATABASE_URL": known.databaseURL,
                "OBJECT_STORE_URL": known.directory.appending(path: "media").absoluteString,
            ], takenDown: TakenDownTable())
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
        let table = TakenDownTable(patience: .seconds(60)) { now.load(ordering: .relaxed) }
        #expect(!table.isCurrent)
        table.replace(["a"], asOf: table.now)
        #expect(table.isCurrent && table.has("a") && !table.has("b"))
        now.store(61_000_000_000, ordering: .relaxed)
        #expect(table.isCurrent)
        now.store(61_000_000_001, ordering: .relaxed)
        #expect(!table.isCurrent)
        table.replace([], asOf: 2_000_000_000)
        #expect(table.isCurrent && !table.has("a"))
    }
}
