import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserTestKit

@Suite struct AccountRoutesTests {
    static let hanako = #"{"email":"Hanako@Example.com","password":"tr0ub4dor&3","display_name":" 花子 "}"#

    @Test func `signing up gives the account, its version and its place`() async throws {
        try await TestService().serve { api in
            let answer = try await api.send(.post, "/v1/users", Self.hanako)
            #expect(answer.status == .created && answer.headers[.eTag] == #""1""#)
            #expect(try answer.headers[.location] == "/v1/users/\(answer.string("id"))")
            #expect(try answer.string("email") == "hanako@example.com" && answer.string("display_name") == "花子")
            #expect(answer.json["roles"] as? [String] == ["user"] && answer.json["email_verified"] as? Bool == false)
            #expect(try answer.string("created_at").hasSuffix("Z"))
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("password"))
        }
    }

    @Test func `an address is taken once, in any case`() async throws {
        try await TestService().serve { api in
            try await api.send(.post, "/v1/users", Self.hanako)
            let again = try await api.send(
                .post, "/v1/users", #"{"email":"HANAKO@example.COM","password":"an0ther&one","display_name":"b"}"#)
            #expect(again.status == .conflict && again.code == "user.email-taken" && again.pointers == ["/email"])
        }
    }

    @Test func `all that is wrong is told at once, by pointer`() async throws {
        try await TestService().serve { api in
            let answer = try await api.send(
                .post, "/v1/users", #"{"email":"nowhere","password":"short","display_name":""}"#)
            #expect(answer.status == .badRequest && answer.code == "platform.invalid-input")
            #expect(Set(answer.pointers) == ["/email", "/password", "/display_name"])
        }
    }

    @Test(arguments: [
        (#"{"email":"a@b.co","password":"tr0ub4dor&3","display_name":"a","admin":true}"#, "/admin"),
        (#"{"email":7,"password":"tr0ub4dor&3","display_name":"a"}"#, "/email"),
        (#"{"password":"tr0ub4dor&3","display_name":"a"}"#, "/email"),
        (#"{"email":null,"password":"tr0ub4dor&3","display_name":"a"}"#, "/email"),
        (#"["email"]"#, ""), ("nonsense", ""), ("", ""),
        (
            #"{"email":"a@b.co","password":"tr0ub4dor&3","display_name":"\#(String(repeating: "x", count: 2_000))"}"#,
            "/display_name"
        ),
    ])
    func `bad bodies are refused where they are bad`(body: String, pointer: String) async throws {
        try await TestService().serve { api in
            let answer = try await api.send(.post, "/v1/users", body)
            #expect(answer.status == .badRequest && answer.pointers.contains(pointer))
        }
    }

    @Test func `large, nested and undecodable bodies do no harm`() async throws {
        try await TestService().serve(.live) { api in
            let name = String(repeating: "x", count: 1_048_576)
            let large = try await api.send(
                .post, "/v1/users", #"{"email":"a@b.co","password":"tr0ub4dor&3","display_name":"\#(name)"}"#)
            #expect(large.status == .contentTooLarge)
            let nested = try await api.send(.post, "/v1/users", String(repeating: "[", count: 100_000))
            #expect(nested.status == .badRequest && nested.code == "platform.invalid-input")
            let form = try await api.send(
                .post, "/v1/users", "email=a", headers: [.contentType: "application/x-www-form-urlencoded"])
            #expect(form.status == .unsupportedMediaType)
        }
    }

    @Test func `a repeated sign-up with its key gets the first answer`() async throws {
        let key = try #require(HTTPField.Name("Idempotency-Key"))
        let replayed = try #require(HTTPField.Name("Idempotency-Replayed"))
        try await TestService().serve { api in
            let first = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
            let second = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
            #expect(first.status == .created && second.status == .created && first.body == second.body)
            #expect(second.headers[replayed] == "true" && first.headers[replayed] == nil)
            let other = try await api.send(
                .post, "/v1/users", #"{"email":"b@c.co","password":"tr0ub4dor&3","display_name":"b"}"#,
                headers: [key: "k-1"])
            #expect(other.status == .unprocessableContent)
        }
    }

    @Test func `a sign-up whose answer was lost with its process is answered with the account it made`() async throws {
        let key = try #require(HTTPField.Name("Idempotency-Key"))
        let service = try await TestService(losesAnswers: true)
        try await service.serve { api in
            let first = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
            #expect(first.status == .created)
            let running = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
            #expect(running.status == .conflict && running.code == "platform.idempotency-running")
            service.clock.advance(by: .seconds(61))
            let again = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
            #expect(again.status == .created && again.body == first.body)
            #expect(again.headers[.location] == first.headers[.location])
            let stranger = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-2"])
            #expect(stranger.code == "user.email-taken")
        }
    }

    @Test func `sign-ups from one address are limited, and the limit is told`() async throws {
        try await TestService(signUps: 2).serve { api in
            for _ in 0..<2 {
                let answer = try await api.send(.post, "/v1/users", "{}")
                #expect(answer.status == .badRequest)
                #expect(try answer.headers[#require(HTTPField.Name("RateLimit-Policy"))] == #""sign-up";q=2;w=60"#)
            }
            let refused = try await api.send(.post, "/v1/users", Self.hanako)
            #expect(refused.status == .tooManyRequests && refused.code == "platform.rate-limited")
            #expect(refused.headers[.retryAfter] != nil)
        }
    }

    @Test func `others see a name and no address`() async throws {
        try await TestService().serve { api in
            let (mine, theirs) = (try await api.newUser(), try await api.newUser())
            let answer = try await api.send(.get, "/v1/users/\(theirs.user.uppercased())", token: mine.access)
            #expect(answer.status == .ok && Set(answer.json.keys) == ["id", "display_name", "created_at"])
            for id in [UUID().lowercased, "me", "1", "%00"] {
                let unknown = try await api.send(.get, "/v1/users/\(id)", token: mine.access)
                #expect(unknown.status == .notFound && unknown.code == "user.not-found")
            }
        }
    }
}
