import Crypto
import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import IdentityEvents
import ObjectStorage
import PlatformTesting
import Testing
import VideoServer

/// What becomes of playback links when user-service tells of those they were made for.
@Suite("Links of those who may not any more", .serialized, .timeLimit(.minutes(2)))
struct RevokedLinkTests {
    let user = UUID()

    @Test func `a ban ends its user's links at the next request, known ones and ranges too, and no other's`()
        async throws
    {
        let (user, other) = (user, UUID())
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await api.video(Data("hello".utf8), as: other)
            let (link, spare) = (try await api.link(video, as: user), try await api.link(video, as: other))
            let range: HTTPFields = [.range: "bytes=1-2"]
            for link in [link, link, spare] {
                #expect(try await api.send(.get, link, as: nil, headers: range).status == .partialContent)
            }
            service.tell(.banned, of: user, epoch: 1)
            for (method, fields) in [(.get, range), (.get, [:]), (.head, [:])] as [(HTTPRequest.Method, HTTPFields)] {
                let refused = try await api.send(method, link, as: nil, headers: fields)
                #expect(refused.status == .forbidden)
                if method == .get { #expect(refused.code == "user.banned") }
            }
            #expect(try await api.send(.get, "/v1/videos/\(video)/playback", as: user).code == "user.banned")
            #expect(try await api.send(.get, spare, as: nil, headers: range).status == .partialContent)
            service.tell(.banLifted, of: user, epoch: 2)
            #expect(try await api.send(.get, link, as: nil).code == "video.link-revoked")
            let back = try await api.later(epoch: 2).link(video, as: user)
            #expect(try await api.send(.get, back, as: nil).status == .ok)
        }
    }

    @Test func `a link ends with the session that asked for it, and not with another one`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await api.video(Data("hello".utf8), as: user)
            let elsewhere = api.later()
            let (link, spare) = (try await api.link(video, as: user), try await elsewhere.link(video, as: user))
            service.tell(.sessionEnded, of: user, session: api.session)
            let refused = try await api.send(.get, link, as: nil)
            #expect(refused.status == .forbidden && refused.code == "video.link-revoked")
            #expect(try await api.send(.get, spare, as: nil).status == .ok)
        }
    }

    @Test func `a link that names nobody, or somebody else, gives nothing`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await api.video(Data("hello".utf8), as: user)
            let signer = URLSigner(
                base: "/media", secret: SymmetricKey(data: service.config.media.linkKey))
            let key = try #require(ObjectKey("videos/\(video)"))
            for holder in [nil, "", "nobody", user.lowercased] {
                // As the release before made them, or who knows how to sign and not how to seal.
                let link = signer.url(
                    for: key, as: Presentation(contentType: "video/mp4"), to: holder, until: Date() + 60)
                #expect(try await api.send(.get, link, as: nil).code == "video.link-invalid")
            }
            let (one, two) = (try await api.link(video, as: user), try await api.link(video, as: UUID()))
            let other = try #require(two.firstMatch(of: /holder=[^&]*/)).output
            let swapped = one.replacing(/holder=[^&]*/, with: other)
            #expect(swapped != one)
            #expect(try await api.send(.get, swapped, as: nil).code == "video.link-invalid")
        }
    }

    @Test func `a body that runs ends when its reader is banned`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            // More than the buffers of both sides hold.
            let size = 64 << 20
            let link = try await api.link(try await api.video(Data(count: size), as: user), as: user)
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send("GET \(link) HTTP/1.1\r\nHost: test\r\n\r\n")
            let head = await connection.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200"))
            service.tell(.banned, of: user, epoch: 1)
            let rest = await connection.count()
            #expect(rest < size / 2)
        }
    }

    @Test func `while nobody knows who is banned no link is good`() async throws {
        let known = try await TestVideoService.onDatabase()
        let user = user
        let link = try await known.serve { api in
            try await api.link(try await api.video(Data("hello".utf8), as: user), as: user)
        }
        try await TestVideoService(databaseURL: known.databaseURL, revocations: RevocationTable()).serve { api in
            let refused = try await api.send(.get, link, as: nil)
            #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] != nil)
        }
    }
}
