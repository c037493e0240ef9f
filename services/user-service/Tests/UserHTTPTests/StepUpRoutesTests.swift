import DomainKit
import Encodings
import Foundation
import HTTPTypes
import HummingbirdTesting
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit

@Suite struct StepUpRoutesTests {
    private static let path = "/v1/sessions/step-up"
    private static let password = #"{"password":"\#(TestService.password)"}"#
    private static let challenge = #"Bearer error="insufficient_user_authentication", "#

    private func claims(_ token: String) throws -> [String: Any] {
        let payload = try #require(Base64URL.decode(token.split(separator: ".")[1]))
        return try #require(try JSONSerialization.jsonObject(with: payload) as? [String: Any])
    }

    @Test func `what changes a factor asks for a fresh proof, and says how fresh`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            service.clock.advance(by: .seconds(300))
            let refreshed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#
            ).string("access_token")
            service.clock.advance(by: .seconds(300))
            let refused = try await api.send(.post, "/v1/me/mfa/totp", token: refreshed)
            #expect(refused.status == .unauthorized && refused.code == "user.step-up-required")
            #expect(refused.headers[.wwwAuthenticate] == Self.challenge + #"max_age="600""#)
            #expect(refused.json["max_age"] as? Int == 600)
            let stepped = try await api.send(.post, Self.path, Self.password, token: refreshed)
            #expect(stepped.status == .ok && stepped.json["refresh_token"] == nil)
            #expect(try stepped.string("session_id") == user.session && stepped.string("user_id") == user.user)
            let access = try stepped.string("access_token")
            #expect(try claims(access)["auth_time"] as? Int == Int(service.clock.now.timeIntervalSince1970))
            #expect(try claims(access)["sid"] as? String == user.session)
            #expect(try await api.send(.post, "/v1/me/mfa/totp", token: refreshed).status == .unauthorized)
            #expect(try await api.send(.post, "/v1/me/mfa/totp", token: access).status == .ok)
        }
    }

    @Test(arguments: [
        "{}", #"{"code":"1","password":"x"}"#, #"{"code":null}"#, #"{"code":1}"#, #"{"code":"1","x":1}"#, "[]", "",
        #"{"credential":{}}"#, #"{"credential":"x"}"#, #"{"credential":null}"#,
    ])
    func `a code, a password or a passkey's answer is sent, and one of them`(body: String) async throws {
        try await TestService().serve { api in
            let answer = try await api.send(.post, Self.path, body, token: api.newUser().access)
            #expect(answer.status == .badRequest && answer.code == "platform.invalid-input")
        }
    }

    @Test func `a wrong password and a code without an app are refused, each by its name`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let wrong = try await api.send(.post, Self.path, #"{"password":"no"}"#, token: user.access)
            #expect(wrong.status == .forbidden && wrong.code == "user.password-wrong")
            #expect(wrong.pointers == ["/password"])
            let code = try await api.send(.post, Self.path, #"{"code":"123456"}"#, token: user.access)
            #expect(code.status == .conflict && code.code == "user.mfa-not-on")
        }
    }

    @Test func `a passkey is shown in the session there is`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let house = try await PasskeyRoutesTests.House(service, api)
            service.clock.advance(by: .seconds(600))
            let access = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(house.user.refresh)"}"#
            ).string("access_token")
            let path = "/v1/me/passkeys/\(try house.passkey.string("id"))"
            #expect(try await api.send(.delete, path, token: access).code == "user.step-up-required")
            let options = try await api.send(.post, Self.path + "/options", token: access)
            #expect(options.status == .ok && options.headers[.cacheControl] == "no-store")
            let allowed = options.json["allowCredentials"] as? [[String: Any]]
            #expect(allowed?.map { $0["id"] as? String } == [Base64URL.encode(house.authenticator.id)])
            let credential = house.authenticator.get(options.json)
            let both = #"{"credential":\#(credential),"code":"1"}"#
            #expect(try await api.send(.post, Self.path, both, token: access).status == .badRequest)
            let stepped = try await api.send(.post, Self.path, #"{"credential":\#(credential)}"#, token: access)
            #expect(try stepped.status == .ok && stepped.string("session_id") == house.user.session)
            let said = try claims(stepped.string("access_token"))
            #expect(said["amr"] as? [String] == ["pwd", "swk"] && said["acr"] as? String == "2")
            #expect(said["auth_time"] as? Int == Int(service.clock.now.timeIntervalSince1970))
            let again = try await api.send(.post, Self.path, #"{"credential":\#(credential)}"#, token: access)
            #expect(again.status == .forbidden && again.code == "user.passkey-refused")
            #expect(again.pointers == ["/credential"])
            let fresh = try stepped.string("access_token")
            #expect(try await api.send(.delete, path, token: fresh).status == .noContent)
            let none = try await api.send(.post, Self.path + "/options", token: fresh)
            #expect(none.status == .conflict && none.code == "user.no-passkeys")
        }
    }

    @Test func `at an address there is no passkey to show`() async throws {
        try await TestService(publicURL: "http://127.0.0.1:8080").serve { api in
            let user = try await api.newUser()
            let options = try await api.send(.post, Self.path + "/options", token: user.access)
            #expect(options.status == .conflict && options.code == "user.passkeys-unavailable")
            let body = #"{"credential":\#(TestAuthenticator().get([:]))}"#
            let shown = try await api.send(.post, Self.path, body, token: user.access)
            #expect(shown.status == .conflict && shown.code == "user.passkeys-unavailable")
        }
    }

    /// An admin of two factors on a service that asks that of admins, and somebody to rule over.
    private func house(
        _ body:
            @escaping @Sendable (SecondFactorRoutesTests.House, _ admin: SignedIn, _ path: String) async throws -> Void
    ) async throws {
        let service = try await TestService(requireTwoFactors: "admin")
        try await service.serve { api in
            let house = try await SecondFactorRoutesTests.House(service, api)
            try await service.appoint(house.user)
            let answer = try await house.finish(house.firstStep().string("mfa_token"), house.code())
            let admin = try SignedIn(email: house.user.email, answer: answer)
            let user = try await api.newUser()
            try await body(house, admin, "/v1/admin/users/\(user.user)")
        }
    }

    @Test func `roles and bans ask admins for a fresh code, and names and memberships do not`() async throws {
        try await house { house, admin, path in
            house.service.clock.advance(by: .seconds(599))
            func send(_ method: HTTPRequest.Method, _ what: String, _ body: String?, _ token: String) async throws
                -> ServiceAnswer
            {
                try await house.api.send(method, path + what, body, token: token, headers: [.ifMatch: "*"])
            }
            let fresh = try await send(.put, "/ban", #"{"reason":"spam"}"#, admin.access)
            #expect(fresh.status == .ok)
            let renewed = try await house.api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(admin.refresh)"}"#
            ).string("access_token")
            house.service.clock.advance(by: .seconds(1))
            for (method, what, body) in [
                (HTTPRequest.Method.put, "/roles", #"{"roles":["user"]}"# as String?), (.delete, "/ban", nil),
                (.put, "/ban", #"{"reason":"x"}"#),
            ] {
                let stale = try await send(method, what, body, renewed)
                #expect(stale.status == .unauthorized && stale.code == "user.step-up-required", "\(method) \(what)")
                #expect(stale.headers[.wwwAuthenticate] == Self.challenge + #"acr_values="2", max_age="600""#)
            }
            #expect(try await send(.patch, "", #"{"display_name":"x"}"#, renewed).status == .ok)
            #expect(try await house.api.send(.get, path, token: renewed).status == .ok)
            let password = try await house.api.send(.post, Self.path, Self.password, token: renewed)
            #expect(password.status == .forbidden && password.code == "user.second-factor-needed")
            let stepped = try await house.api.send(
                .post, Self.path, #"{"code":"\#(house.code())"}"#, token: renewed)
            let access = try stepped.string("access_token")
            #expect(try claims(access)["acr"] as? String == "2")
            #expect(try await send(.delete, "/ban", nil, access).status == .noContent)
        }
    }

    @Test func `a role that is withheld is told of, with what would help`() async throws {
        let service = try await TestService(requireTwoFactors: "admin")
        try await service.serve { api in
            let admin = try await service.newAdmin(api)
            let said = try claims(admin.access)
            #expect(said["roles"] as? [String] == ["user"] && said["roles_withheld"] as? [String] == ["admin"])
            let refused = try await api.send(.get, "/v1/admin/users", token: admin.access)
            #expect(refused.status == .forbidden && refused.code == "user.second-factor-required")
            #expect(refused.headers[.wwwAuthenticate] == Self.challenge + #"acr_values="2""#)
            let other = try await api.newUser()
            #expect(try await api.send(.get, "/v1/admin/users", token: other.access).code == "platform.forbidden")
            #expect(try claims(other.access)["roles_withheld"] == nil)
            // The way out of it.
            let offer = try await api.send(.post, "/v1/me/mfa/totp", token: admin.access)
            let secret = try #require(OneTimeSecret(base32: offer.string("secret")))
            let code = TOTP(secret: secret).code(at: service.clock.now)
            _ = try await api.send(
                .post, "/v1/me/mfa/totp/confirm", #"{"code":"\#(code)"}"#, token: admin.access)
            let access = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(admin.refresh)"}"#
            ).string("access_token")
            #expect(try await api.send(.get, "/v1/admin/users", token: access).status == .ok)
        }
    }

    @Test func `who takes away the passkey that was shown is no admin from that moment on`() async throws {
        let service = try await TestService(requireTwoFactors: "admin")
        try await service.serve { api in
            let house = try await PasskeyRoutesTests.House(service, api)
            try await service.appoint(house.user)
            let answer = try await house.signIn()
            let access = try answer.string("access_token")
            let path = "/v1/admin/users/\(house.user.user)"
            #expect(try await api.send(.get, path, token: access).status == .ok)
            let removed = try await api.send(
                .delete, "/v1/me/passkeys/\(house.passkey.string("id"))", token: access)
            #expect(removed.status == .noContent)
            #expect(try await api.send(.get, path, token: access).status == .unauthorized)
            let less = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(answer.string("refresh_token"))"}"#
            ).string("access_token")
            #expect(try await api.send(.get, path, token: less).code == "user.second-factor-required")
        }
    }

    @Test func `who takes the second factor away is no admin from that moment on`() async throws {
        try await house { house, admin, path in
            let removed = try await house.api.send(
                .delete, "/v1/me/mfa/totp", #"{"code":"\#(house.code(steps: 1))"}"#, token: admin.access)
            #expect(removed.status == .noContent)
            #expect(try await house.api.send(.get, path, token: admin.access).status == .unauthorized)
            let access = try await house.api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(admin.refresh)"}"#
            ).string("access_token")
            #expect(try await house.api.send(.get, path, token: access).code == "user.second-factor-required")
        }
    }
}
