import DomainKit
import Foundation
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Testing
import VideoDomain
import VideoHTTP
import VideoTestKit

/// What clients are told when the platform's rules refuse them, and when nobody can say.
@Suite("What accounts may do", .serialized, .timeLimit(.minutes(2)))
struct VideoRightsTests {
    let user = UUID()
    let bytes = Data("hello".utf8)

    @Test func `who may not upload, finish or watch is told so, and why where there is something to do about it`()
        async throws
    {
        let (user, bytes, rights) = (user, bytes, ScriptedRights())
        try await TestVideoService.onDatabase(rights: rights).serve { api in
            let (video, upload) = (
                try await api.video(bytes, as: user),
                try #require(try await api.create(bytes.count, as: user).headers[.location])
            )
            for act in [ScriptedRights.Act.upload, .finish] { rights.refuse(act, with: .videoNotAllowed(by: "test")) }
            rights.refuse(.watch, with: .membershipRequired)
            let refused = try await api.create(bytes.count, as: user)
            #expect(refused.status == .forbidden && refused.code == "video.not-allowed")
            #expect(!String(decoding: refused.body, as: UTF8.self).contains("test"))
            let last = try await api.append(bytes, to: upload, at: 0, as: user)
            #expect(last.status == .forbidden && last.code == "video.not-allowed")
            #expect(try await api.offset(upload, as: user).status == .forbidden)
            let watching = try await api.send(.get, "/v1/videos/\(video)/playback", as: user)
            #expect(watching.status == .forbidden && watching.code == "video.membership-required")
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).status == .ok)
        }
    }

    @Test func `while nobody can say what accounts may do the rest goes on, and then all is well again`() async throws {
        let (user, bytes, decisions) = (user, bytes, QuietDecisions(ttl: 0))
        let database = try await TestVideoService.database()
        try await QuietUserService.run(deciding: decisions) { url in
            let service = try TestVideoService(settings: ["DATABASE_URL": database, "IDENTITY_URL": url])
            try await service.serve { api in
                let video = try await api.video(bytes, as: user)
                let link = try await api.link(video, as: user)
                let upload = try #require(try await api.create(bytes.count, as: user).headers[.location])
                #expect(Set(decisions.asked) == ["video.upload", "video.finish", "video.watch"])
                decisions.setAway(true)
                for away in [
                    try await api.create(bytes.count, as: user),
                    try await api.append(bytes, to: upload, at: 0, as: user), try await api.offset(upload, as: user),
                    try await api.send(.get, "/v1/videos/\(video)/playback", as: user),
                ] {
                    #expect(away.status == .serviceUnavailable && away.headers[.retryAfter] != nil)
                }
                #expect(try await api.send(.get, "/v1/videos/\(video)", as: user).status == .ok)
                #expect(try await api.send(.get, link, as: nil).body == bytes)
                decisions.setAway(false)
                #expect(try await api.offset(upload, as: user).headers[.videoID] != nil)
            }
        }
    }

    /// It hears of the bans of the last two hours; of older ones only user-service knows.
    @Test func `a replica that starts long after a ban learns of it when an upload is to be finished`() async throws {
        let (user, bytes, decisions) = (user, bytes, QuietDecisions(ttl: 0))
        let database = try await TestVideoService.database()
        try await QuietUserService.run(deciding: decisions) { url in
            let service = try TestVideoService(settings: ["DATABASE_URL": database, "IDENTITY_URL": url])
            try await service.serve { api in
                let upload = try #require(try await api.create(bytes.count, as: user).headers[.location])
                decisions.refuse("video.finish", by: "account.banned")
                let last = try await api.append(bytes, to: upload, at: 0, as: user)
                #expect(last.status == .forbidden && last.code == "user.banned")
                #expect(try await api.offset(upload, as: user).status == .forbidden)
                #expect(try await api.send(.get, upload, as: user).string("state") == "completing")
                decisions.allow("video.finish")
                #expect(try await api.offset(upload, as: user).headers[.videoID] != nil)
            }
        }
    }
}
