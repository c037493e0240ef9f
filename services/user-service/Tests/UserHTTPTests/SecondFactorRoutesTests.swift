import DomainKit
import Encodings
import Foundation
import HTTPTypes
import HummingbirdTesting
import OneTimePasswords
import PlatformTesting
import Testing
import UserTestKit

@Suite struct SecondFactorRoutesTests {
    /// Somebody whose factor is on, and what makes its codes.
    struct House {
        let service: TestService
        let api: TestUserClient
        let user: SignedIn
        let secret: OneTimeSecret
        let recovery: [String]

        init(_ service: TestService, _ api: TestUserClient) async throws {
            (self.service, self.api) = (service, api)
            user = try await api.newUser()
            let offer = try await api.send(.post, "/v1/me/mfa/totp", token: user.access)
            secret = try #require(OneTimeSecret(base32: offer.string("secret")))
            let code = TOTP(secret: secret).code(at: service.clock.now.addingTimeInterval(-30))
            let confirmed = try await api.send(
                .post, "/v1/me/mfa/totp/confirm", #"{"code":"\#(code)"}"#, token: user.access)
            recovery = try #require(confirmed.json["recovery_codes"] as? [String])
        }

        func code(steps: Int = 0) -> String {
            TOTP(secret: secret).code(at: service.clock.now.addingTimeInterval(Double(steps * 30)))
        }

        func firstStep(_ more: String = "") async throws -> ServiceAnswer {
            try await api.send(
                .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(TestService.password)"\#(more)}"#)
        }

        func finish(_ token: String, _ code: String, headers: HTTPFields = [:]) async throws -> ServiceAnswer {
            try await api.send(
                .post, "/v1/sessions/mfa", #"{"mfa_token":"\#(token)","code":"\#(code)"}"#, headers: headers)
        }

        func change(_ method: HTTPRequest.Method, _ path: String, _ code: String) async throws -> ServiceAnswer {
            try await api.send(method, path, #"{"code":"\#(code)"}"#, token: user.access)
        }
    }

    func serve(
        _ service: TestService? = nil, _ body: @escaping @Sendable (House) async throws -> Void
    ) async throws {
        let made: TestService
        if let service { made = service } else { made = try await TestService() }
        try await made.serve { try await body(House(made, $0)) }
    }

    func claims(_ token: String) throws -> [String: Any] {
        let payload = try #require(Base64URL.decode(token.split(separator: ".")[1]))
        return try #require(try JSONSerialization.jsonObject(with: payload) as? [String: Any])
    }

    @Test func `an app is shown its secret as letters, as an address and as a picture, once`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let offer = try await api.send(.post, "/v1/me/mfa/totp", token: user.access)
            #expect(offer.status == .ok && Set(offer.json.keys) == ["secret", "otpauth_uri", "qr_svg"])
            let (secret, uri) = (try offer.string("secret"), try offer.string("otpauth_uri"))
            #expect(uri.hasPrefix("otpauth://totp/Hiroba:") && uri.contains("secret=\(secret)&issuer=Hiroba"))
            #expect(try offer.string("qr_svg").hasPrefix("<svg "))
            #expect(offer.headers[.cacheControl] == "no-store")
            _ = try await api.signIn(email: user.email)
            let next = try await api.send(.post, "/v1/me/mfa/totp", token: user.access)
            #expect(try next.string("secret") != secret)
        }
    }

    @Test func `with a factor the password asks for the code, and both give tokens that say so`() async throws {
        try await serve { house in
            #expect(house.recovery.count == 10 && Set(house.recovery).count == 10)
            let first = try await house.firstStep()
            #expect(first.status == .unauthorized && first.code == "user.mfa-required")
            #expect(first.headers[.wwwAuthenticate] == "Bearer" && first.headers[.setCookie] == nil)
            let second = try await house.finish(first.string("mfa_token"), house.code())
            #expect(second.status == .created && second.headers[.setCookie] != nil)
            let access = try second.string("access_token")
            let said = try claims(access)
            #expect(said["amr"] as? [String] == ["otp", "pwd"] && said["acr"] as? String == "2")
            #expect(said["auth_time"] as? Int == said["iat"] as? Int)
            #expect(try await house.api.send(.get, "/v1/me", token: access).status == .ok)
            let refreshed = try await house.api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(second.string("refresh_token"))"}"#)
            #expect(try claims(refreshed.string("access_token"))["acr"] as? String == "2")
            let paper = try await house.finish(house.firstStep().string("mfa_token"), house.recovery[9])
            #expect(try claims(paper.string("access_token"))["amr"] as? [String] == ["pwd", "rec"])
            // Of the password alone, before the factor was on.
            #expect(try claims(house.user.access)["acr"] as? String == "1")
        }
    }

    @Test func `the session that turned it on goes on as one of two factors, the others end`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let first = try await api.newUser()
            let other = try await api.signIn(email: first.email)
            let offer = try await api.send(.post, "/v1/me/mfa/totp", token: first.access)
            let secret = try #require(OneTimeSecret(base32: offer.string("secret")))
            let code = TOTP(secret: secret).code(at: service.clock.now)
            let confirmed = try await api.send(
                .post, "/v1/me/mfa/totp/confirm", #"{"code":"\#(code)"}"#, token: first.access)
            #expect(confirmed.status == .ok)
            let refreshed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(first.refresh)"}"#)
            #expect(try claims(refreshed.string("access_token"))["amr"] as? [String] == ["otp", "pwd"])
            #expect(try await api.send(.get, "/v1/me", token: other.access).status == .unauthorized)
            let ended = try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(other.refresh)"}"#)
            #expect(ended.code == "user.refresh-token-invalid")
        }
    }

    @Test func `a wrong code, a used one and a used step are refused, each by its name`() async throws {
        try await serve { house in
            let token = try await house.firstStep().string("mfa_token")
            for wrong in ["000000", house.code(steps: -1), "", "花", String(repeating: "1", count: 10_000)] {
                let answer = try await house.finish(token, wrong)
                #expect(answer.status == .unauthorized && answer.code == "user.mfa-code-wrong")
                #expect(answer.pointers == ["/code"])
            }
            #expect(try await house.finish(token, house.code()).status == .created)
            #expect(try await house.finish(token, house.code(steps: 1)).code == "user.mfa-token-invalid")
            #expect(try await house.finish("nonsense", house.code(steps: 1)).code == "user.mfa-token-invalid")
            let missing = try await house.api.send(.post, "/v1/sessions/mfa", #"{"code":"1"}"#)
            #expect(missing.status == .badRequest && missing.pointers == ["/mfa_token"])
        }
    }

    @Test func `codes are limited by account, and a device that is known has its own`() async throws {
        try await serve(TestService(perAccount: 3)) { house in
            let own = try await house.finish(house.firstStep().string("mfa_token"), house.code())
            let device = try own.string("device_token")
            let stranger = try await house.firstStep().string("mfa_token")
            for _ in 0..<3 { #expect(try await house.finish(stranger, "000000").code == "user.mfa-code-wrong") }
            let locked = try await house.finish(stranger, house.code(steps: 1))
            #expect(locked.status == .tooManyRequests && locked.headers[.retryAfter] == "900")
            let known = try await house.firstStep(#","device_token":"\#(device)""#).string("mfa_token")
            let answer = try await house.finish(
                known, house.code(steps: 1), headers: [.cookie: "hiroba_device=\(device)"])
            #expect(try answer.status == .created && answer.string("device_token") == device)
        }
    }

    @Test func `second steps are limited by network address with the first ones`() async throws {
        try await serve(TestService(signIns: 3)) { house in
            // One sign-in was made already.
            #expect(try await house.firstStep().code == "user.mfa-required")
            #expect(try await house.finish("x", "000000").code == "user.mfa-token-invalid")
            let refused = try await house.finish("x", "000000")
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
        }
    }

    @Test func `changing a factor takes a code`() async throws {
        try await serve { house in
            let (totp, codes) = ("/v1/me/mfa/totp", "/v1/me/mfa/recovery-codes")
            #expect(try await house.api.send(.post, totp, token: house.user.access).code == "user.mfa-already-on")
            #expect(try await house.change(.post, totp + "/confirm", house.code()).code == "user.mfa-already-on")
            let wrong = try await house.change(.post, codes, "000000")
            #expect(wrong.status == .forbidden && wrong.code == "user.mfa-code-wrong" && wrong.pointers == ["/code"])
            let fresh = try await house.change(.post, codes, house.code())
            #expect((fresh.json["recovery_codes"] as? [String])?.count == 10)
            #expect(try await house.change(.delete, totp, house.code()).code == "user.mfa-code-wrong")
            #expect(try await house.change(.delete, totp, house.recovery[0]).code == "user.mfa-code-wrong")
            #expect(try await house.change(.delete, totp, house.code(steps: 1)).status == .noContent)
            #expect(try await house.change(.delete, totp, house.code(steps: 1)).code == "user.mfa-not-on")
            #expect(try await house.change(.post, codes, house.code(steps: 1)).code == "user.mfa-not-on")
            #expect(try await house.change(.post, totp + "/confirm", "1").code == "user.mfa-not-begun")
            #expect(try await house.firstStep().status == .created)
        }
    }

    @Test func `fifty second steps with one code over real sockets open one session`() async throws {
        let service = try await TestService()
        try await service.serve(.live) { api in
            let house = try await House(service, api)
            var tokens: [String] = []
            for _ in 0..<50 { tokens.append(try await house.firstStep().string("mfa_token")) }
            let code = house.code()
            let opened = try await withThrowingTaskGroup { group in
                for token in tokens { group.addTask { try await house.finish(token, code).status == .created } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(opened == 1)
        }
    }

    @Test func `a role that asks for two factors is in no token of one`() async throws {
        let service = try await TestService(requireTwoFactors: "admin, moderator")
        try await serve(service) { house in
            try await service.appoint(house.user)
            let second = try await house.finish(house.firstStep().string("mfa_token"), house.code())
            let access = try second.string("access_token")
            #expect(try claims(access)["roles"] as? [String] == ["admin", "user"])
            #expect(try await house.api.send(.get, "/v1/admin/users", token: access).status == .ok)
            let removed = try await house.api.send(
                .delete, "/v1/me/mfa/totp", #"{"code":"\#(house.code(steps: 1))"}"#, token: access)
            #expect(removed.status == .noContent)
            let refreshed = try await house.api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(second.string("refresh_token"))"}"#)
            let less = try refreshed.string("access_token")
            #expect(try claims(less)["roles"] as? [String] == ["user"])
            #expect(try await house.api.send(.get, "/v1/admin/users", token: less).status == .forbidden)
        }
    }
}
