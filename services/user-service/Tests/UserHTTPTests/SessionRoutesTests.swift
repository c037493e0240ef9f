import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserTestKit

@Suite struct SessionRoutesTests {
    func refresh(_ token: String, _ api: TestUserClient) async throws -> ServiceAnswer {
        try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(token)"}"#)
    }

    @Test func `signing in gives tokens of the contract's form`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(
                .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#)
            #expect(
                Set(answer.json.keys) == [
                    "access_token", "token_type", "expires_in", "refresh_token", "session_id", "user_id",
                    "device_token",
                ])
            #expect(answer.json["token_type"] as? String == "Bearer" && answer.json["expires_in"] as? Int == 600)
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test func `a wrong password and an unknown address get the same answer`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            for (email, password) in [
                (user.email, "wr0ng&wrong"), ("nobody@example.com", TestService.password), ("x", "y"), ("", ""),
            ] {
                let answer = try await api.send(
                    .post, "/v1/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#)
                #expect(answer.status == .unauthorized && answer.code == "user.credentials-wrong")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer")
            }
        }
    }

    @Test func `a device is known by its token, in the body or as a cookie scripts cannot read`() async throws {
        try await TestService(perAccount: 2).serve { api in
            let user = try await api.newUser()
            func signIn(_ password: String, _ more: String = "", _ headers: HTTPFields = [:]) async throws
                -> ServiceAnswer
            {
                try await api.send(
                    .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(password)"\#(more)}"#,
                    headers: headers)
            }
            let first = try await signIn(TestService.password)
            let token = try first.string("device_token")
            let cookie = try #require(first.headers[.setCookie])
            #expect(cookie.hasPrefix("hiroba_device=\(token); "))
            #expect(cookie.hasSuffix("; Path=/v1/sessions; HttpOnly; SameSite=Strict"))
            for other in ["", #","device_token":"nonsense""#] {
                #expect(try await signIn("wr0ng&wrong", other).status == .unauthorized)
            }
            let locked = try await signIn(TestService.password)
            #expect(locked.status == .tooManyRequests && locked.headers[.retryAfter] == "900")
            let known = try await signIn(TestService.password, #","device_token":"\#(token)""#)
            #expect(try known.status == .created && known.string("device_token") == token)
            let browser = try await signIn(
                TestService.password, "", [.cookie: "a=b; hiroba_device=\(token); c=d"])
            #expect(try browser.status == .created && browser.string("device_token") == token)
            #expect(try await signIn(TestService.password, #","device_token":7"#).status == .badRequest)
        }
    }

    @Test func `guesses are limited by address and by account`() async throws {
        try await TestService(signIns: 3).serve { api in
            for email in ["a@b.co", "b@b.co", "c@b.co"] {
                let answer = try await api.send(.post, "/v1/sessions", #"{"email":"\#(email)","password":"x"}"#)
                #expect(answer.status == .unauthorized)
            }
            let refused = try await api.send(.post, "/v1/sessions", #"{"email":"d@b.co","password":"x"}"#)
            #expect(refused.status == .tooManyRequests)
        }
        try await TestService(perAccount: 2).serve { api in
            let user = try await api.newUser()
            for email in [user.email.uppercased(), user.email] {
                _ = try await api.send(.post, "/v1/sessions", #"{"email":"\#(email)","password":"x"}"#)
            }
            let refused = try await api.send(
                .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
            _ = try await api.newUser()
        }
    }

    @Test func `fifty refreshes at once over real sockets give one successor`() async throws {
        let service = try await TestService()
        try await service.serve(.live) { api in
            let user = try await api.newUser()
            let successors = try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { try await refresh(user.refresh, api).string("refresh_token") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            #expect(try await refresh(#require(successors.first), api).status == .ok)
        }
    }

    @Test func `a token used again after two minutes ends its session`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let next = try await refresh(user.refresh, api).string("refresh_token")
            service.clock.advance(by: .seconds(121))
            let reused = try await refresh(user.refresh, api)
            #expect(reused.status == .unauthorized && reused.code == "user.refresh-token-reused")
            let after = try await refresh(next, api)
            #expect(after.status == .unauthorized && after.code == "user.refresh-token-invalid")
            #expect(service.accounts.securityEvents.count == 1)
        }
    }

    @Test(arguments: ["", "hrt_", "null", "eyJhbGciOiJFUzI1NiJ9.e30.x"])
    func `what is no refresh token is refused`(text: String) async throws {
        try await TestService().serve { api in
            let answer = try await refresh(text, api)
            #expect(answer.code == "user.refresh-token-invalid")
        }
    }

    @Test func `a device is told by a name and roughly where it is, and not by a whole address`() async throws {
        try await TestService().serve(.live) { api in
            let user = try await api.newUser()
            _ = try await api.send(
                .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#,
                headers: [.userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"])
            let listed = try await api.send(.get, "/v1/sessions?limit=1", token: user.access)
            let newest = try #require((listed.json["items"] as? [[String: Any]])?.first)
            #expect(newest["device"] as? String == "Firefox on Linux")
            #expect(["127.0.0.0/24", "::/48"].contains(newest["network"] as? String))
            #expect(newest["address"] == nil)
        }
    }

    @Test func `devices are listed page by page, with the own one marked`() async throws {
        try await TestService().serve { api in
            let first = try await api.newUser()
            let second = try await api.signIn(email: first.email)
            let page = try await api.send(.get, "/v1/sessions?limit=1", token: first.access)
            let items = try #require(page.json["items"] as? [[String: Any]])
            #expect(items.map { $0["id"] as? String } == [second.session])
            #expect(items.map { $0["current"] as? Bool } == [false])
            let cursor = try page.string("next_cursor")
            let rest = try await api.send(.get, "/v1/sessions?limit=1&cursor=\(cursor)", token: first.access)
            let last = try #require(rest.json["items"] as? [[String: Any]])
            #expect(last.map { $0["id"] as? String } == [first.session])
            #expect(last.map { $0["current"] as? Bool } == [true])
            #expect(rest.json["next_cursor"] is NSNull)
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=", "offset=1", "limit=1&limit=2"])
    func `other list parameters are refused`(query: String) async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(.get, "/v1/sessions?\(query)", token: user.access)
            #expect(answer.status == .badRequest && answer.pointers.first?.hasPrefix("?") == true)
        }
    }

    @Test func `an ended session cannot be renewed, others can`() async throws {
        try await TestService().serve { api in
            let here = try await api.newUser()
            let (there, elsewhere) = (try await api.signIn(email: here.email), try await api.signIn(email: here.email))
            #expect(
                try await api.send(.delete, "/v1/sessions/\(there.session)", token: here.access).status == .noContent)
            #expect(try await refresh(there.refresh, api).status == .unauthorized)
            #expect(try await refresh(elsewhere.refresh, api).status == .ok)
            #expect(try await api.send(.delete, "/v1/sessions", token: here.access).status == .noContent)
            #expect(try await refresh(elsewhere.refresh, api).status == .unauthorized)
            #expect(try await refresh(here.refresh, api).status == .ok)
        }
    }

    @Test func `another's session is not found`() async throws {
        try await TestService().serve { api in
            let (mine, theirs) = (try await api.newUser(), try await api.newUser())
            for id in [theirs.session, UUID().lowercased, "x"] {
                let answer = try await api.send(.delete, "/v1/sessions/\(id)", token: mine.access)
                #expect(answer.status == .notFound && answer.code == "user.session-not-found")
            }
            #expect(try await refresh(theirs.refresh, api).status == .ok)
        }
    }
}
