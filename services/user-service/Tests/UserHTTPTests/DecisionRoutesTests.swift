import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import PlatformTesting
import ServiceKit
import Testing
import UserDomain
import UserTestKit

@Suite struct DecisionRoutesTests {
    private static let path = "/v1/authz/decisions"

    private static func question(
        _ subject: String, _ action: String = "video.upload", _ attributes: String = "{}"
    ) -> String {
        let type = action.prefix { $0 != "." }
        return
            #"{"subject":"\#(subject)","action":"\#(action)","resource":{"type":"\#(type)","attributes":\#(attributes)}}"#
    }

    private static func body(_ questions: [String]) -> String {
        #"{"requests":["# + questions.joined(separator: ",") + "]}"
    }

    private func decisions(_ answer: ServiceAnswer) -> [[String: Any]] {
        answer.json["decisions"] as? [[String: Any]] ?? []
    }

    @Test func `a service asks for many at once and is answered in order`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let (one, two) = (try await api.newUser(), try await api.newUser())
            let token = try await api.grant("grant_type=client_credentials&scope=authz:decide").string("access_token")
            service.accounts.setBan(
                Ban(at: service.clock.now, until: service.clock.now + 7, reason: "spam"),
                of: try #require(UserID(two.user)))
            let watching = #"{"owner_id":"\#(one.user)","visibility":"members","state":"ready","later":[1]}"#
            let answer = try await api.send(
                .post, Self.path,
                Self.body([
                    Self.question(one.user), Self.question(two.user), Self.question(one.user, "video.watch", watching),
                    Self.question(UUID().lowercased), Self.question(one.user, "room.speak"),
                ]), token: token)
            #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
            let decisions = decisions(answer)
            #expect(
                decisions.map { $0["rule"] as? String } == [
                    "video.upload.account", "account.banned", "video.watch.owner", "unknown-subject",
                    "missing-attribute",
                ])
            #expect(decisions.map { $0["allow"] as? Bool } == [true, false, true, false, false])
            #expect(decisions.map { $0["ttl"] as? Int } == [30, 7, 30, 5, 30])
            #expect(decisions[0]["obligations"] as? [String] == ["newcomer-limits"])
            #expect(decisions.allSatisfy { $0["policy_version"] as? String == PolicySet.platform.version })
        }
    }

    @Test func `a hundred are answered, and of more none`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            func ask(_ count: Int) async throws -> ServiceAnswer {
                let all = Array(repeating: Self.question(user), count: count)
                return try await api.send(.post, Self.path, Self.body(all), token: token)
            }
            #expect(try await decisions(ask(100)).count == 100)
            let over = try await ask(101)
            #expect(over.status == .badRequest && over.pointers == ["/requests"])
            #expect(try await ask(10_000).status == .contentTooLarge)
            #expect(try await decisions(ask(0)).isEmpty)
            let nonsense = Self.body(Array(repeating: "7", count: 10_000))
            let counted = try await api.send(.post, Self.path, nonsense, token: token)
            #expect(counted.status == .badRequest && counted.pointers == ["/requests"])
        }
    }

    @Test(arguments: [
        ("{}", "/requests"), (#"{"requests":{}}"#, "/requests"), (#"{"requests":[7]}"#, "/requests/0"),
        (#"{"requests":[],"more":1}"#, "/more"),
        (#"{"requests":[{"subject":1,"action":"a","resource":{"type":"b"}}]}"#, "/requests/0/subject"),
        (#"{"requests":[{"subject":"","action":"a"}]}"#, "/requests/0/resource"),
        (#"{"requests":[{"subject":"","action":"a","resource":{}}]}"#, "/requests/0/resource/type"),
        (
            #"{"requests":[{"subject":"","action":"a","resource":{"type":"b","attributes":[]}}]}"#,
            "/requests/0/resource/attributes"
        ),
        (#"{"requests":[{"subject":"","action":"a","resource":{"type":"b","name":""}}]}"#, "/requests/0/resource/name"),
    ])
    func `a question of another form is named`(json: String, pointer: String) async throws {
        try await TestService().serve { api in
            let token = try await api.grant().string("access_token")
            let answer = try await api.send(.post, Self.path, json, token: token)
            #expect(answer.status == .badRequest && answer.pointers == [pointer])
        }
    }

    @Test func `an attribute of another form counts as left out`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            let questions = ["7", "[]", "{}", "true", "null", #""7""#].map {
                Self.question(user, "video.delete", #"{"owner_id":\#($0)}"#)
            }
            let answer = try await api.send(.post, Self.path, Self.body(questions), token: token)
            #expect(decisions(answer).map { $0["rule"] as? String } == Array(repeating: "missing-attribute", count: 6))
        }
    }

    @Test func `those who look after the platform are told why`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let (admin, user) = (try await service.newAdmin(api), try await api.newUser())
            let question = Self.question(user.user, "room.join", #"{"kind":"private","role":null}"#)
            let answer = try await api.send(.post, "/v1/authz/explain", question, token: admin.access)
            let decision = answer.json["decision"] as? [String: Any]
            #expect(answer.status == .ok && decision?["rule"] as? String == "room.join.invitation-needed")
            let rules = answer.json["rules"] as? [[String: Any]] ?? []
            #expect(rules.map { $0["applies"] as? Bool } == [false, false, false, false, true, false])
            #expect(rules.first?["because"] as? String == "The account is not banned.")
            #expect(rules.first?["effect"] as? String == "deny" && rules.last?["rule"] as? String == "default")
            let asked = try await api.send(.post, Self.path, Self.body([question]), token: admin.access)
            #expect(decisions(asked).first?["rule"] as? String == "room.join.invitation-needed")
            for path in [Self.path, "/v1/authz/explain"] {
                let refused = try await api.send(.post, path, question, token: user.access)
                #expect(refused.status == .forbidden && refused.code == "platform.forbidden")
            }
        }
    }

    @Test func `while the store is away nothing is allowed`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            service.accounts.setOutage(.unavailable("postgres"))
            let answer = try await api.send(.post, Self.path, Self.body([Self.question(user)]), token: token)
            #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "1")
        }
    }

    @Test func `a token of another scope opens nothing, and one with the scope no more than that`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser().user
            let body = Self.body([Self.question(user)])
            let other = try await api.grant("grant_type=client_credentials&scope=identity:events")
            let refused = try await api.send(.post, Self.path, body, token: try other.string("access_token"))
            #expect(refused.status == .forbidden && refused.code == "platform.forbidden")
            let both = try await api.grant("grant_type=client_credentials&scope=identity:events authz:decide")
            let allowed = try await api.send(.post, Self.path, body, token: try both.string("access_token"))
            #expect(try allowed.status == .ok && both.string("scope").contains("authz:decide"))
            // Services ask what somebody may do, and not why.
            let why = try await api.send(
                .post, "/v1/authz/explain", Self.question(user), token: try both.string("access_token"))
            #expect(why.status == .unauthorized)
        }
    }

    @Test(arguments: [
        "", "me", "../me", "00000000-0000-4000-8000-000000000000", "{01930a5e-3c00-7b58-a655-9b6d97c8c8f5}", "é",
        "'; DROP TABLE users; --",
    ])
    func `who is not there may do nothing, and nothing is done to who is not there`(nobody: String) async throws {
        try await TestService().serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            let onNobody =
                #"{"subject":"\#(user)","action":"user.read","resource":{"type":"user","id":"\#(nobody)"}}"#
            let byNobody = Self.question(nobody, "room.create")
            let answer = try await api.send(.post, Self.path, Self.body([onNobody, byNobody]), token: token)
            #expect(answer.status == .ok)
            #expect(decisions(answer).map { $0["allow"] as? Bool } == [false, false])
            #expect(decisions(answer).map { $0["rule"] as? String } == ["unknown-resource", "unknown-subject"])
        }
    }

    @Test func `calls are limited by who asks, whatever is in them`() async throws {
        let service = try await TestService(decisions: 2, explanations: 2)
        try await service.serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            let all = Self.body(Array(repeating: Self.question(user), count: 100))
            func ask(_ token: String, _ body: String) async throws -> ServiceAnswer {
                try await api.send(.post, Self.path, body, token: token)
            }
            let first = try await ask(token, all)
            #expect(first.status == .ok && first.headers[.rateLimitPolicy] == #""decisions";q=2;w=60"#)
            #expect(first.headers[.rateLimit]?.hasPrefix(#""decisions";r=1"#) == true)
            #expect(try await ask(token, "{}").headers[.rateLimit]?.hasPrefix(#""decisions";r=0"#) == true)
            let again = try await api.grant().string("access_token")
            let beyond = try await ask(again, all)
            #expect(beyond.status == .tooManyRequests && beyond.code == "platform.rate-limited")
            #expect(beyond.headers[.retryAfter] != nil)
            // A person's is the person's, for both questions.
            for _ in 0..<2 {
                let admin = try await service.newAdmin(api)
                #expect(try await ask(admin.access, all).headers[.rateLimitPolicy] == #""explanations";q=2;w=60"#)
                func explain() async throws -> HTTPResponse.Status {
                    try await api.send(.post, "/v1/authz/explain", Self.question(user), token: admin.access).status
                }
                #expect(try await [explain(), explain()] == [.ok, .tooManyRequests])
                #expect(try await ask(admin.access, all).status == .tooManyRequests)
            }
        }
    }

    @Test func `answers are counted by rule, and no word of a question is in the figures`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            let questions = [
                Self.question(user), Self.question(user), Self.question("hush"), Self.question(user, "hush.hush"),
                Self.question(user, "room.join", #"{"kind":"private","hush":"hush"}"#),
            ]
            _ = try await api.send(.post, Self.path, Self.body(questions), token: token)
            _ = try await api.send(.post, Self.path, Self.body(["7"]), token: token)
            let text = service.metrics.text()
            for (rule, effect, count) in [
                ("video.upload.account", "allow", 2), ("unknown-subject", "deny", 1), ("unknown-action", "deny", 1),
                ("room.join.invitation-needed", "deny", 1),
            ] {
                #expect(text.contains(#"authz_decisions_total{rule="\#(rule)",effect="\#(effect)"} \#(count)\#n"#))
            }
            #expect(!text.contains("hush"))
        }
    }
}
