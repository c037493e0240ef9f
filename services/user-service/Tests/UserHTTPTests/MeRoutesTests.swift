import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct MeRoutesTests {
    @Test func `the own account is read with its version, and not sent twice`() async throws {
        try await TestService().serve(.live) { api in
            let user = try await api.newUser()
            let answer = try await api.send(.get, "/v1/me", token: user.access)
            #expect(answer.status == .ok && answer.headers[.eTag] == #""1""#)
            #expect(try answer.string("id") == user.user && answer.string("email") == user.email)
            let again = try await api.send(.get, "/v1/me", token: user.access, headers: [.ifNoneMatch: #""1""#])
            #expect(again.status == .notModified && again.body.isEmpty)
        }
    }

    @Test func `a change needs the version it is made to`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let body = #"{"display_name":"次郎"}"#
            let without = try await api.send(.patch, "/v1/me", body, token: user.access)
            #expect(without.status == .preconditionRequired)
            let stale = try await api.send(.patch, "/v1/me", body, token: user.access, headers: [.ifMatch: #""7""#])
            #expect(stale.status == .preconditionFailed)
            let weak = try await api.send(.patch, "/v1/me", body, token: user.access, headers: [.ifMatch: #"W/"1""#])
            #expect(weak.status == .preconditionFailed)
            let changed = try await api.send(.patch, "/v1/me", body, token: user.access, headers: [.ifMatch: #""1""#])
            #expect(try changed.status == .ok && changed.string("display_name") == "次郎")
            let same: HTTPFields = [.ifMatch: "*", .ifNoneMatch: #""2""#]
            for (method, body) in [
                (.patch, body), (.delete, #"{"password":"\#(TestService.password)"}"#),
            ] as [(HTTPRequest.Method, String)] {
                let answer = try await api.send(method, "/v1/me", body, token: user.access, headers: same)
                #expect(answer.status == .preconditionFailed)
            }
            #expect(changed.headers[.eTag] == #""2""#)
            let repeated = try await api.send(.patch, "/v1/me", body, token: user.access, headers: [.ifMatch: #""1""#])
            #expect(repeated.status == .preconditionFailed)
        }
    }

    @Test(arguments: [
        (#"{"display_name":""}"#, "/display_name"), (#"{"display_name":null}"#, "/display_name"),
        (#"{"email":"a@b.co"}"#, "/email"), (#"{"roles":["admin"]}"#, "/roles"), ("[]", ""),
    ])
    func `what cannot be changed is refused`(body: String, pointer: String) async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(.patch, "/v1/me", body, token: user.access, headers: [.ifMatch: "*"])
            #expect(answer.status == .badRequest && answer.pointers == [pointer])
        }
    }

    @Test func `an empty change changes nothing`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(.patch, "/v1/me", "{}", token: user.access, headers: [.ifMatch: #""1""#])
            #expect(answer.status == .ok && answer.headers[.eTag] == #""1""#)
        }
    }

    @Test func `a new password signs other devices out`() async throws {
        try await TestService().serve { api in
            let here = try await api.newUser()
            let there = try await api.signIn(email: here.email)
            let wrong = try await api.send(
                .put, "/v1/me/password", #"{"current_password":"wr0ng&wrong","new_password":"c0rrect h0rse"}"#,
                token: here.access)
            #expect(wrong.status == .forbidden && wrong.code == "user.password-wrong")
            let weak = try await api.send(
                .put, "/v1/me/password",
                #"{"current_password":"\#(TestService.password)","new_password":"password1"}"#, token: here.access)
            #expect(weak.status == .badRequest && weak.pointers == ["/new_password"])
            let right = try await api.send(
                .put, "/v1/me/password",
                #"{"current_password":"\#(TestService.password)","new_password":"c0rrect h0rse"}"#, token: here.access)
            #expect(right.status == .noContent)
            let refreshed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(there.refresh)"}"#)
            #expect(refreshed.status == .unauthorized)
            _ = try await api.signIn(email: here.email, password: "c0rrect h0rse")
        }
    }

    @Test func `a store that is away is a 503, and comes back`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            service.accounts.setOutage(.unavailable("store"))
            let answer = try await api.send(.get, "/v1/me", token: user.access)
            #expect(answer.status == .serviceUnavailable && answer.code == "platform.unavailable")
            #expect(answer.headers[.retryAfter] != nil)
            service.accounts.setOutage(nil)
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .ok)
        }
    }

    @Test func `what was done to the own account is listed, the newest first`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let (user, other) = (try await api.newUser(), try await api.newUser())
            let change = #"{"current_password":"\#(TestService.password)","new_password":"an0ther&one"}"#
            let changed = try await api.send(.put, "/v1/me/password", change, token: user.access)
            #expect(changed.status == .noContent)
            service.clock.advance(by: .seconds(1))
            _ = try await api.signIn(email: user.email, password: "an0ther&one")
            let list = try await api.send(.get, "/v1/me/security-events?limit=1", token: user.access)
            let items = try #require(list.json["items"] as? [[String: Any]])
            #expect(list.status == .ok && items.map { $0["kind"] as? String } == ["new_device"])
            let next = try list.string("next_cursor")
            let rest = try await api.send(.get, "/v1/me/security-events?cursor=\(next)", token: user.access)
            let older = try #require(rest.json["items"] as? [[String: Any]])
            #expect(older.map { $0["kind"] as? String } == ["password_changed"] && rest.json["next_cursor"] is NSNull)
            #expect(older.first?["session_id"] is String && older.first?["at"] is String)
            let theirs = try await api.send(.get, "/v1/me/security-events", token: other.access)
            #expect((theirs.json["items"] as? [Any])?.isEmpty == true)
        }
    }
}
