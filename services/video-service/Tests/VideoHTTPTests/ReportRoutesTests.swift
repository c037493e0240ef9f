import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import PlatformTesting
import Testing
import VideoHTTP

@Suite("Reports over HTTP", .serialized)
struct ReportRoutesTests {
    let owner = UUID()
    let viewer = UUID()
    let judge = UUID()
    private let because = #"{"reason":"Mine"}"#
    private let reports = "/v1/moderation/video-reports"

    private func video(_ api: TestClient, _ visibility: String = "public") async throws -> String {
        try await api.video(Data("hello".utf8), as: owner, ["visibility": visibility])
    }

    @Test func `a person reports a video once, whatever comes between`() async throws {
        let (viewer, because) = (viewer, because)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = try await video(api)
            let key: HTTPFields = [.idempotencyKey: "once"]
            let first = try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because, headers: key)
            #expect(try first.string("video_id") == video && first.status == .created)
            try await service.forgetAnswers()
            let repeated = try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because, headers: key)
            #expect(repeated.status == .created && repeated.body == first.body)
            let again = try await api.send(
                .post, "/v1/videos/\(video)/reports", as: viewer, #"{"reason":"Really"}"#)
            #expect(again.status == .ok && again.body == first.body)
            let other = try await api.send(.post, "/v1/videos/\(video)/reports", as: UUID(), because)
            #expect(try other.string("id") != first.string("id") && other.status == .created)
        }
    }

    @Test func `moderators see what was reported, and a private video while it is`() async throws {
        let (owner, viewer, judge, because, reports) = (owner, viewer, judge, because, reports)
        try await TestVideoService.onDatabase().serve { api in
            let (video, moderating) = (try await video(api, "private"), api.acting(as: "moderator"))
            #expect(
                try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because).code == "video.not-found")
            try await api.send(.put, "/v1/videos/\(video)/shares/\(viewer)", as: owner)
            #expect(try await moderating.send(.get, "/v1/videos/\(video)", as: judge).status == .notFound)
            let report = try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because).string("id")
            for path in ["/v1/videos/\(video)", "/v1/videos/\(video)/playback"] {
                #expect(try await moderating.send(.get, path, as: judge).status == .ok)
                #expect(try await api.send(.get, path, as: judge).status == .notFound)
            }
            #expect(try await moderating.send(.get, "\(reports)?state=open", as: judge).ids == [report])
            #expect(try await moderating.send(.get, "\(reports)?video_id=\(video)", as: judge).ids == [report])
            #expect(try await moderating.send(.get, "\(reports)?state=decided", as: judge).ids == [])
            let one = try await moderating.send(.get, "\(reports)/\(report)", as: judge)
            #expect(one.json["reporter_id"] as? String == viewer.lowercased && one.headers[.eTag] != nil)
            let dismissed = try await moderating.send(
                .patch, "\(reports)/\(report)", as: judge, #"{"decision":"dismissed"}"#)
            #expect(dismissed.json["decided_by"] as? String == judge.lowercased)
            #expect(try await moderating.send(.get, "/v1/videos/\(video)", as: judge).status == .notFound)
            for path in [reports, "\(reports)/\(report)"] {
                #expect(try await api.send(.get, path, as: viewer).code == "platform.forbidden")
            }
        }
    }

    @Test func `a decision takes the video down or leaves it, is made once, and says why`() async throws {
        let (owner, viewer, judge, because, reports) = (owner, viewer, judge, because, reports)
        try await TestVideoService.onDatabase().serve { api in
            let (video, moderating) = (try await video(api), api.acting(as: "moderator"))
            var made: [String] = []
            for person in [viewer, UUID(), UUID()] {
                made.append(try await api.send(.post, "/v1/videos/\(video)/reports", as: person, because).string("id"))
            }
            func decide(_ report: String, _ body: String, match: String? = nil) async throws -> ServiceAnswer {
                var fields: HTTPFields = [:]
                fields[.ifMatch] = match
                return try await moderating.send(.patch, "\(reports)/\(report)", as: judge, body, headers: fields)
            }
            let tag = try #require(try await moderating.send(.get, "\(reports)/\(made[0])", as: judge).headers[.eTag])
            let (dismiss, remove) = (#"{"decision":"dismissed"}"#, #"{"decision":"removed","reason":"Not theirs"}"#)
            #expect(try await decide(made[0], dismiss, match: tag).status == .ok)
            #expect(try await decide(made[0], remove, match: tag).status == .preconditionFailed)
            #expect(try await decide(made[0], dismiss).status == .ok)
            #expect(try await decide(made[0], remove).code == "video.report-decided")
            #expect(try await decide(made[1], #"{"decision":"removed"}"#).pointers == ["/reason"])
            #expect(try await decide(made[1], #"{"decision":"burnt"}"#).pointers == ["/decision"])
            #expect(try await decide(UUID().lowercased, dismiss).code == "video.report-not-found")
            #expect(try await decide("7", dismiss).code == "video.report-not-found")
            #expect(try await decide(made[1], remove).json["decision"] as? String == "removed")
            let rest = try await moderating.send(.get, "\(reports)/\(made[2])", as: judge)
            #expect(rest.json["decision"] as? String == "removed", "decided by the same")
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: viewer).status == .notFound)
            let told = try await api.send(.get, "/v1/videos/\(video)", as: owner).json["removal"] as? [String: Any]
            #expect(told?["reason"] as? String == "Not theirs")
            for query in ["state=gone", "video_id=7", "x=1", "cursor=x"] {
                #expect(try await moderating.send(.get, "\(reports)?\(query)", as: judge).status == .badRequest)
            }
        }
    }

    @Test func `nobody reports more in a minute than is allowed`() async throws {
        let (viewer, because) = (viewer, because)
        try await TestVideoService.onDatabase(["REPORTS_PER_MINUTE": "2"]).serve { api in
            let video = try await video(api)
            for left in [1, 0] {
                let answer = try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because)
                #expect(answer.headers[.rateLimit]?.contains("r=\(left)") == true)
            }
            let refused = try await api.send(.post, "/v1/videos/\(video)/reports", as: viewer, because)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
            #expect(try await api.send(.post, "/v1/videos/\(video)/reports", as: UUID(), because).status == .created)
        }
    }
}
