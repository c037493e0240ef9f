import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import PlatformTesting
import Postgres
import Testing
import VideoHTTP

@Suite("Taking down over HTTP", .serialized)
struct RemovalRoutesTests {
    let owner = UUID()
    let stranger = UUID()
    let judge = UUID()
    private let because = #"{"reason":"Not\ntheirs"}"#

    /// A video that is taken down.
    private func removed(_ api: TestClient) async throws -> String {
        let video = "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner))"
        let answer = try await api.acting(as: "moderator").send(.put, "\(video)/removal", as: judge, because)
        #expect(answer.status == .ok)
        return video
    }

    private func removal(_ answer: ServiceAnswer) -> [String: Any]? { answer.json["removal"] as? [String: Any] }

    @Test func `what is taken down is gone for all but its owner and moderators, and comes back as it was`()
        async throws
    {
        let (owner, stranger, judge, because) = (owner, stranger, judge, because)
        try await TestVideoService.onDatabase().serve { api in
            let moderating = api.acting(as: "moderator")
            let video = "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner))"
            let before = try await api.send(.get, video, as: stranger)
            #expect(before.json["removal"] == nil)
            let down = try await moderating.send(.put, "\(video)/removal", as: judge, because)
            #expect(try down.string("state") == "removed" && removal(down)?["by"] as? String == judge.lowercased)
            #expect(down.headers[.eTag] != before.headers[.eTag])
            let again = try await moderating.send(.put, "\(video)/removal", as: judge, because)
            #expect(again.body == down.body && again.headers[.eTag] == down.headers[.eTag])
            for path in [video, "\(video)/playback"] {
                #expect(try await api.send(.get, path, as: stranger).code == "video.not-found")
            }
            let own = try await api.send(.get, video, as: owner)
            #expect(removal(own)?["reason"] as? String == "Not\ntheirs" && removal(own)?["by"] == nil)
            #expect(removal(own)?["appeal"] is NSNull)
            #expect(try await api.send(.get, "\(video)/playback", as: owner).code == "video.removed")
            #expect(try await api.send(.post, "\(video)/reports", as: owner, because).code == "video.removed")
            #expect(try await moderating.send(.post, "\(video)/reports", as: judge, because).code == "video.removed")
            #expect(
                try await api.send(.patch, video, as: owner, #"{"title":"x"}"#, headers: [.ifMatch: "*"]).code
                    == "video.removed")
            #expect(try await moderating.send(.get, "\(video)/playback", as: judge).status == .ok)
            #expect(try await moderating.send(.delete, "\(video)/removal", as: judge).status == .noContent)
            #expect(try await moderating.send(.delete, "\(video)/removal", as: judge).status == .noContent)
            let back = try await api.send(.get, video, as: stranger)
            #expect(try back.string("state") == "ready" && back.json["removal"] == nil)
            #expect(try await api.send(.get, "\(video)/playback", as: stranger).status == .ok)
        }
    }

    @Test func `moderators alone take down and put back, at the version they mean`() async throws {
        let (owner, judge, because) = (owner, judge, because)
        try await TestVideoService.onDatabase().serve { api in
            let video = "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner))"
            for (method, path, body) in [
                (.put, "/removal", because), (.delete, "/removal", nil),
                (.patch, "/removal/appeal", #"{"decision":"granted"}"#),
            ] as [(HTTPRequest.Method, String, String?)] {
                #expect(try await api.send(method, video + path, as: owner, body).code == "video.moderators-only")
                let missing = "/v1/videos/\(UUID().lowercased)\(path)"
                #expect(try await api.send(method, missing, as: owner, body).code == "video.moderators-only")
                let moderating = api.acting(as: "admin")
                #expect(try await moderating.send(method, missing, as: judge, body).code == "video.not-found")
            }
            let moderating = api.acting(as: "moderator")
            let stale: HTTPFields = [.ifMatch: "\"v1\""]
            #expect(
                try await moderating.send(.put, "\(video)/removal", as: judge, because, headers: stale).status
                    == .preconditionFailed)
            let etag = try #require(try await api.send(.get, video, as: judge).headers[.eTag])
            let down = try await moderating.send(
                .put, "\(video)/removal", as: judge, because, headers: [.ifMatch: etag])
            #expect(down.status == .ok)
            #expect(
                try await moderating.send(.delete, "\(video)/removal", as: judge, headers: [.ifMatch: etag]).status
                    == .preconditionFailed)
            #expect(
                try await moderating.send(.patch, "\(video)/removal/appeal", as: judge, #"{"decision":"granted"}"#).code
                    == "video.no-appeal")
        }
    }

    @Test func `an owner appeals once and is told what comes of it`() async throws {
        let (owner, stranger, judge) = (owner, stranger, judge)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let (video, moderating) = (try await removed(api), api.acting(as: "moderator"))
            let (appeal, text) = ("\(video)/removal/appeal", #"{"text":"It is mine"}"#)
            let key: HTTPFields = [.idempotencyKey: "once"]
            let made = try await api.send(.post, appeal, as: owner, text, headers: key)
            #expect(made.status == .created && made.json["state"] as? String == "open")
            try await service.forgetAnswers()
            let repeated = try await api.send(.post, appeal, as: owner, text, headers: key)
            #expect(repeated.status == .created && repeated.body == made.body)
            #expect(try await api.send(.post, appeal, as: owner, text).code == "video.appeal-made")
            #expect(try await api.send(.post, appeal, as: stranger, text).code == "video.not-found")
            #expect(try await moderating.send(.post, appeal, as: judge, text).code == "video.not-yours")
            let verdict = #"{"decision":"rejected","reason":"It is not"}"#
            let decided = try await moderating.send(.patch, appeal, as: judge, verdict)
            #expect(decided.status == .ok)
            let told = try #require(removal(try await api.send(.get, video, as: owner))?["appeal"] as? [String: Any])
            #expect(told["state"] as? String == "rejected" && told["reason"] as? String == "It is not")
            #expect(told["decided_at"] is String)
            #expect(try await moderating.send(.patch, appeal, as: judge, verdict).code == "video.appeal-decided")
            let other = try await removed(api)
            try await api.send(.post, "\(other)/removal/appeal", as: owner, text)
            let back = try await moderating.send(
                .patch, "\(other)/removal/appeal", as: judge, #"{"decision":"granted"}"#)
            #expect(try back.string("state") == "ready" && back.json["removal"] == nil)
            #expect(try await api.send(.get, other, as: stranger).status == .ok)
            #expect(try await api.send(.post, "\(other)/removal/appeal", as: owner, text).code == "video.not-removed")
        }
    }

    @Test func `who did what with a video is kept, also when it is gone`() async throws {
        let (owner, judge) = (owner, judge)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await removed(api)
            try await api.send(.post, "\(video)/removal/appeal", as: owner, #"{"text":"Mine"}"#)
            try await api.acting(as: "admin").send(
                .patch, "\(video)/removal/appeal", as: judge, #"{"decision":"rejected"}"#)
            #expect(try await api.send(.delete, video, as: owner, headers: [.ifMatch: "*"]).status == .noContent)
        }
        let database = PostgresClient(PostgresConfiguration(connectionString: service.databaseURL))
        let rows = try await database.query(
            "SELECT action, actor_id, COALESCE(reason, '') FROM moderation_actions WHERE owner_id = \(owner) ORDER BY at"
        )
        .decode((String, UUID, String).self)
        #expect(rows.map(\.0) == ["removed", "appealed", "appeal-rejected"])
        #expect(rows.map(\.1) == [judge, owner, judge] && rows.map(\.2) == ["Not\ntheirs", "", ""])
        await #expect(throws: PostgresError.self) { try await database.execute("DELETE FROM moderation_actions") }
        await #expect(throws: PostgresError.self) {
            try await database.execute("UPDATE moderation_actions SET reason = 'x'")
        }
        await database.close()
    }

    @Test func `what is said without sense is refused with a pointer`() async throws {
        let (owner, judge) = (owner, judge)
        try await TestVideoService.onDatabase().serve { api in
            let (video, moderating) = (try await removed(api), api.acting(as: "moderator"))
            let long = String(repeating: "x", count: 2_001)
            for (member, method, path) in [
                ("reason", .put, "/removal"), ("text", .post, "/removal/appeal"), ("reason", .post, "/reports"),
            ] as [(String, HTTPRequest.Method, String)] {
                for value in ["\"\"", "\" \\n \"", "\"a\\u0000b\"", "\"\(long)\"", "7", "null"] {
                    let client = path == "/removal/appeal" ? api : moderating
                    let body = "{\"\(member)\":\(value)}"
                    let answer = try await client.send(
                        method, video + path, as: path == "/removal/appeal" ? owner : judge, body)
                    #expect(
                        answer.status == .badRequest && answer.pointers == ["/\(member)"], "\(path) \(body.prefix(40))")
                }
                let unknown = try await moderating.send(
                    method, video + path, as: judge, "{\"\(member)\":\"x\",\"until\":7}")
                #expect(unknown.status == .badRequest && unknown.pointers == ["/until"])
                #expect(try await moderating.send(method, "\(video)\(path)?x=1", as: judge, "{}").status == .badRequest)
            }
            let decision = try await moderating.send(
                .patch, "\(video)/removal/appeal", as: judge, #"{"decision":"maybe"}"#)
            #expect(decision.status == .badRequest && decision.pointers == ["/decision"])
        }
    }
}
