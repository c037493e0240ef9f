import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Testing
import VideoHTTP
import VideoTestKit

/// What somebody finds out who tries ids, or names people.
@Suite("Probing", .serialized, .timeLimit(.minutes(2)))
struct ProbingTests {
    let owner = UUID()
    let stranger = UUID()
    let judge = UUID()

    /// Everything that is asked of one video.
    private var surfaces: [(HTTPRequest.Method, String, String?)] {
        [
            (.get, "", nil), (.patch, "", #"{"title":"x"}"#), (.delete, "", nil), (.get, "/playback", nil),
            (.post, "/reports", #"{"reason":"x"}"#), (.get, "/shares", nil), (.put, "/shares/\(judge)", nil),
            (.delete, "/shares/\(judge)", nil), (.put, "/removal", #"{"reason":"x"}"#), (.delete, "/removal", nil),
            (.post, "/removal/appeal", #"{"text":"x"}"#), (.patch, "/removal/appeal", #"{"decision":"granted"}"#),
        ]
    }

    /// All of an answer but what names the request.
    private func told(_ answer: ServiceAnswer) -> String {
        let problem = answer.json.filter { $0.key != "request_id" && $0.key != "instance" }
            .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let fields = answer.headers.map { "\($0.name)" }.filter { !$0.hasPrefix("RateLimit") }.sorted()
        return "\(answer.status) \(fields) \(problem)"
    }

    @Test func `what one may not know of answers as what is not there, byte for byte, wherever one asks`()
        async throws
    {
        let (stranger, owner, judge, surfaces) = (stranger, owner, judge, surfaces)
        try await TestVideoService.onDatabase().serve { api in
            let hidden = try await api.video(Data("hello".utf8), as: owner, ["visibility": "private"])
            let down = try await api.video(Data("hello".utf8), as: owner)
            try await api.acting(as: "moderator").send(
                .put, "/v1/videos/\(down)/removal", as: judge, #"{"reason":"x"}"#)
            let begun = try await api.create(5, as: owner)
            let unfinished = try await api.send(.get, try #require(begun.headers[.location]), as: owner)
                .string("video_id")
            for (method, path, body) in surfaces {
                var answers: Set<String> = []
                for id in [UUID().lowercased, hidden, down, unfinished, "7"] {
                    let answer = try await api.send(
                        method, "/v1/videos/\(id)\(path)", as: stranger, body, headers: [.ifMatch: "*"])
                    #expect([.notFound, .forbidden].contains(answer.status), "\(method) \(path) of \(id)")
                    answers.insert(told(answer))
                }
                #expect(answers.count == 1, "\(method) \(path): \(answers)")
            }
        }
    }

    @Test func `an unlisted video is in no list of others, whatever they ask for`() async throws {
        let (stranger, owner) = (stranger, owner)
        try await TestVideoService.onDatabase().serve { api in
            let video = try await api.video(
                Data("hello".utf8), as: owner, ["visibility": "unlisted", "title": "quiet harbour"])
            try await api.send(
                .patch, "/v1/videos/\(video)", as: owner, #"{"tags":["quiet"]}"#, headers: [.ifMatch: "*"])
            for query in ["", "q=harbour", "q=quiet", "tag=quiet", "shared=me"] {
                for list in [query, "\(query)&owner=\(owner)"] {
                    for client in [api, api.paying(), api.acting(as: "moderator"), api.acting(as: "admin")] {
                        let answer = try await client.send(.get, "/v1/videos?limit=100&\(list)", as: stranger)
                        #expect(answer.status == .ok && answer.ids == [], "\(list)")
                    }
                }
            }
            #expect(try await api.send(.get, "/v1/videos/\(video)", as: stranger).status == .ok)
            #expect(try await api.send(.get, "/v1/videos?owner=\(owner)&q=quiet", as: owner).ids == [video])
        }
    }

    @Test func `a video is shared with anybody, and says nothing of who there is`() async throws {
        let (owner, friend) = (owner, UUID())
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let video = "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner, ["visibility": "private"]))"
            service.tell(.banned, of: friend, epoch: 1)
            let (banned, nobody) = (
                try await api.send(.put, "\(video)/shares/\(friend)", as: owner),
                try await api.send(.put, "\(video)/shares/\(UUID())", as: owner)
            )
            #expect(banned.status == .created && nobody.status == .created)
            #expect(Set(banned.json.keys) == Set(nobody.json.keys))
            for path in [video, "\(video)/playback"] {
                #expect(try await api.send(.get, path, as: friend).code == "user.banned")
            }
            service.tell(.banLifted, of: friend, epoch: 2)
            #expect(try await api.later(epoch: 2).send(.get, "\(video)/playback", as: friend).status == .ok)
        }
    }

    @Test func `of a thousand names a hundred are taken`() async throws {
        let (owner, friend) = (owner, UUID())
        try await TestVideoService.onDatabase().serve { api in
            let video = "/v1/videos/\(try await api.video(Data("hello".utf8), as: owner, ["visibility": "private"]))"
            let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        var last = HTTPResponse.Status.ok
                        for _ in 0..<(lane == 0 ? 30 : 24) {
                            last = try await api.send(.put, "\(video)/shares/\(UUID())", as: owner).status
                        }
                        return last
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(statuses.contains(.conflict))
            #expect(try await api.send(.put, "\(video)/shares/\(friend)", as: owner).status == .conflict)
            let page = try await api.send(.get, "\(video)/shares?limit=100", as: owner)
            #expect((page.json["items"] as? [Any])?.count == 100 && page.json["next_cursor"] is NSNull)
        }
    }

    @Test func `an owner is not told who reported it, also as a moderator`() async throws {
        let (owner, stranger, judge) = (owner, stranger, judge)
        try await TestVideoService.onDatabase().serve { api in
            let video = try await api.video(Data("hello".utf8), as: owner)
            let moderating = api.acting(as: "moderator")
            try await api.send(.post, "/v1/videos/\(video)/reports", as: stranger, #"{"reason":"x"}"#)
            let reports = "/v1/moderation/video-reports"
            let list = try await moderating.send(.get, "\(reports)?video_id=\(video)", as: owner)
            let report = try #require(list.ids.first)
            #expect(!list.text.contains(stranger.lowercased))
            let one = try await moderating.send(.get, "\(reports)/\(report)", as: owner)
            #expect(one.json["reporter_id"] is NSNull && one.json["reason"] as? String == "x")
            #expect(
                try await moderating.send(.get, "\(reports)/\(report)", as: judge).json["reporter_id"] as? String
                    == stranger.lowercased)
            let decided = try await moderating.send(
                .patch, "\(reports)/\(report)", as: judge, #"{"decision":"removed","reason":"No"}"#)
            #expect(decided.status == .ok)
            for path in ["/v1/videos/\(video)", "/v1/videos?owner=\(owner)"] {
                #expect(try await !api.send(.get, path, as: owner).text.contains(stranger.lowercased), "\(path)")
            }
        }
    }
}

extension ServiceAnswer {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
