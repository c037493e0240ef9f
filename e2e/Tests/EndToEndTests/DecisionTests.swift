import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// What somebody may do is one answer, whoever asks it.
    @Suite
    struct DecisionTests {
        @Test func `a ban changes the decision, and its end changes it back, for services and moderators alike`()
            async throws
        {
            let admin = try await Admin.signIn()
            let person = try await Person.signUp("judged")
            let service = try await ServiceClient.ask()
            for asker in [service, admin.person.api] {
                let before = try await asker.decide(person, "video.upload", "video")
                #expect(before.allow && before.rule == "video.upload.account" && before.ttl > 0)
            }
            try await admin.change(person, .PUT, "ban", #"{"reason":"tested"}"#)
            for asker in [service, admin.person.api] {
                let during = try await asker.decide(person, "video.upload", "video")
                #expect(!during.allow && during.rule == "account.banned")
            }
            try await admin.change(person, .DELETE, "ban")
            #expect(try await service.decide(person, "video.upload", "video").allow)
            let other = try await Person.signUp("curious")
            #expect(try await other.api.call(.POST, "/v1/authz/decisions", json: [:]).status == 403)
        }

        @Test(.timeLimit(.minutes(3)))
        func `while nobody can decide, what must be asked is refused with 503, and then goes on by itself`()
            async throws
        {
            let owner = try await Person.signUp("owner")
            let room = try await owner.createRoom()
            // Never asked about before: nothing is kept of this one.
            let newcomer = try await Person.signUp("newcomer")
            try await Platform.kill(.user)
            let join = "/v1/rooms/\(room.id)/members/me"
            let upload = [("Tus-Resumable", "1.0.0"), ("Upload-Length", "3"), ("Upload-Metadata", "title ZQ==")]
            do {
                let joined = try await newcomer.api.call(.PUT, join)
                #expect(joined.status == 503)
                let begun = try await newcomer.api.call(.POST, "/v1/uploads", headers: upload)
                #expect(begun.status == 503)
            } catch {
                try await Platform.start(.user)
                throw error
            }
            try await Platform.start(.user)
            try await until("it is decided again") {
                (200...204).contains(try await newcomer.api.call(.PUT, join).status)
            }
            try await until("it is decided again") {
                try await newcomer.api.call(.POST, "/v1/uploads", headers: upload).status == 201
            }
        }
    }
}

/// chat-service's own client, by the secret the platform gave it.
private enum ServiceClient {
    struct TokenBody: Decodable {
        let accessToken: String
    }

    /// Past the gateway, which knows no such route.
    static func ask() async throws -> API {
        let lines = try String(contentsOf: Platform.state.appending(path: "clients"), encoding: .utf8)
        let words = lines.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let client = try #require(words.first { $0.first == "chat-service" })
        let base = "http://127.0.0.1:\(Platform.servicePorts[0])"
        let secret = Data("\(client[0]):\(client[1])".utf8).base64EncodedString()
        let form = "grant_type=client_credentials&scope=authz:decide"
        let answer = try await API(base: base).call(
            .POST, "/oauth2/token",
            headers: [
                ("Authorization", "Basic \(secret)"), ("Content-Type", "application/x-www-form-urlencoded"),
            ], body: .bytes(ByteBuffer(string: form)))
        try #require(answer.status == 200)
        return API(base: base, token: try answer.decoded(as: TokenBody.self).accessToken)
    }
}

private struct DecisionBody: Decodable {
    let allow: Bool
    let rule: String
    let ttl: Int
}

private struct DecisionsBody: Decodable {
    let decisions: [DecisionBody]
}

extension API {
    fileprivate func decide(_ person: Person, _ action: String, _ type: String) async throws -> DecisionBody {
        let question = """
            {"requests":[{"subject":"\(person.tokens.userId)","action":"\(action)","resource":{"type":"\(type)"}}]}
            """
        let answer = try await call(
            .POST, "/v1/authz/decisions", headers: [("Content-Type", "application/json")],
            body: .bytes(ByteBuffer(string: question)))
        try #require(answer.status == 200)
        return try #require(try answer.decoded(as: DecisionsBody.self).decisions.first)
    }
}
