import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// Who watches a private video, until it is taken down, and again once its owner was heard.
    @Suite
    struct SharingTests {
        private static let replicas = Platform.videoPorts.map { "http://127.0.0.1:\($0)" }
        private static let megabytes = 32

        @Test(.timeLimit(.minutes(3)))
        func `whom it is shared with watches it, nobody while it is down, and both again after an appeal`() async throws
        {
            let (owner, friend, stranger) = (
                try await Person.signUp("owner"), try await Person.signUp("friend"), try await Person.signUp("stranger")
            )
            let moderator = try await moderator()
            let bytes = Film.beginning([UInt8](repeating: 7, count: Self.megabytes << 20))
            let film = try await ResumableUpload.create(bytes, by: owner, visibility: "private").finish()
            try await expect(404, .GET, "/v1/videos/\(film)/playback", by: friend)
            try await expect(201, .PUT, "/v1/videos/\(film)/shares/\(friend.tokens.userId)", by: owner)

            let viewers = [owner, friend]
            let links = try await viewers.asyncMap { try await $0.link(to: film) }
            var playing: [Playing] = []
            for link in links {
                for replica in Self.replicas { playing.append(try await Playing(link, at: replica)) }
            }
            for link in links { #expect(try await status(link) == [206, 206]) }

            try await expect(201, .POST, "/v1/videos/\(film)/reports", ["reason": "Not theirs"], by: friend)
            let down = ContinuousClock.now
            try await expect(200, .PUT, "/v1/videos/\(film)/removal", ["reason": "Not theirs"], by: moderator)
            for link in links {
                try await eventually("nobody plays it") { try await status(link) == [404, 404] ? true : nil }
            }
            let delay = ContinuousClock.now - down
            print("removal to the last link that ends: \(delay)")
            #expect(delay < .seconds(5))
            for one in playing { #expect(try await one.rest() < bytes.count / 2, "what plays is cut off") }
            try await expect(404, .GET, "/v1/videos/\(film)", by: friend)
            try await expect(409, .GET, "/v1/videos/\(film)/playback", by: owner)
            let told = try await owner.api.insist(.GET, "/v1/videos/\(film)").decoded(as: TakenDownBody.self)
            #expect(told.removal?.reason == "Not theirs")

            try await expect(201, .POST, "/v1/videos/\(film)/removal/appeal", ["text": "It is mine"], by: owner)
            try await expect(409, .POST, "/v1/videos/\(film)/removal/appeal", ["text": "Hear me"], by: owner)
            try await expect(
                200, .PATCH, "/v1/videos/\(film)/removal/appeal", ["decision": "granted", "reason": "It is"],
                by: moderator)
            for viewer in viewers {
                let link = try await viewer.link(to: film)
                try await eventually("it plays again") { try await status(link) == [206, 206] ? true : nil }
                #expect(try await viewer.film(film) == bytes)
            }
            try await expect(404, .GET, "/v1/videos/\(film)", by: stranger)
            try await expect(404, .GET, "/v1/videos/\(film)", by: moderator)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a link ends at every replica with the share it was for, and with what others may see`() async throws {
            let (owner, friend, stranger) = (
                try await Person.signUp("owner"), try await Person.signUp("friend"), try await Person.signUp("stranger")
            )
            let bytes = Film.beginning([UInt8](repeating: 7, count: Self.megabytes << 20))
            let film = try await ResumableUpload.create(bytes, by: owner, visibility: "unlisted").finish()
            let share = "/v1/videos/\(film)/shares/\(friend.tokens.userId)"
            try await expect(201, .PUT, share, by: owner)
            let links = try await [owner, friend, stranger].asyncMap { try await $0.link(to: film) }
            for link in links { #expect(try await status(link) == [206, 206]) }

            try await show(film, as: "private", by: owner)
            try await ends(links[2])
            for link in links[..<2] { #expect(try await status(link) == [206, 206]) }
            let playing = try await Self.replicas.asyncMap { try await Playing(links[1], at: $0) }
            try await expect(204, .DELETE, share, by: owner)
            try await ends(links[1])
            for one in playing { #expect(try await one.rest() < bytes.count / 2, "what plays is cut off") }
            #expect(try await status(links[0]) == [206, 206])
        }

        private func show(_ film: String, as visibility: String, by owner: Person) async throws {
            let shown = try await owner.api.call(.GET, "/v1/videos/\(film)")
            let answer = try await owner.api.call(
                .PATCH, "/v1/videos/\(film)", json: ["visibility": visibility],
                headers: [("If-Match", try #require(shown.headers.first(name: "ETag")))])
            #expect(answer.status == 200)
        }

        private func ends(_ link: String) async throws {
            let begin = ContinuousClock.now
            try await eventually("nobody plays it") { try await status(link) == [404, 404] ? true : nil }
            let delay = ContinuousClock.now - begin
            print("until a link ends at every replica: \(delay)")
            #expect(delay < .seconds(1))
        }

        private struct TakenDownBody: Decodable, Sendable {
            struct Removal: Decodable, Sendable {
                let reason: String
            }

            let removal: Removal?
        }

        private func moderator() async throws -> Person {
            let person = try await Person.signUp("moderator")
            try await Admin.signIn().change(person, .PUT, "roles", #"{"roles":["user","moderator"]}"#)
            let tokens = try await Person.refresh(person.tokens)
            return Person(api: API(token: tokens.accessToken), tokens: tokens)
        }

        private func expect(
            _ status: Int, _ method: HTTPMethod, _ path: String, _ json: [String: String]? = nil, by person: Person
        ) async throws {
            let answer = try await person.api.call(method, path, json: json)
            #expect(answer.status == status, "\(method) \(path): \(String(decoding: answer.bytes, as: UTF8.self))")
        }

        /// What each replica answers to somebody who has the link.
        private func status(_ link: String) async throws -> [Int] {
            try await Self.replicas.asyncMap {
                try await API(base: $0).call(
                    .GET, link.replacing(Platform.gateway, with: ""), headers: [("Range", "bytes=0-0")]
                ).status
            }
        }
    }
}

/// A film of which somebody has seen the beginning, past the gateway.
private struct Playing {
    private let body: HTTPClientResponse.Body

    init(_ link: String, at replica: String) async throws {
        let request = HTTPClientRequest(url: link.replacing(Platform.gateway, with: replica))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        try #require(response.status == .ok)
        body = response.body
    }

    /// How many bytes came until it ended, in whatever way.
    func rest() async throws -> Int {
        var count = 0
        do {
            for try await buffer in body { count += buffer.readableBytes }
        } catch {}
        return count
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
