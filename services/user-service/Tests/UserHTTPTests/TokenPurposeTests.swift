import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

/// A secret opens the door it was given out for, and no other.
@Suite struct TokenPurposeTests {
    typealias House = SecondFactorRoutesTests.House

    /// Each kind of secret there is, of one account, none of them used.
    private func secrets(_ house: House) async throws -> [String: String] {
        let service = house.service
        let second = try await house.finish(house.firstStep().string("mfa_token"), house.code())
        var secrets = [
            "access": try second.string("access_token"), "refresh": try second.string("refresh_token"),
            "device": try second.string("device_token"), "step": try await house.firstStep().string("mfa_token"),
            "recovery": house.recovery[0],
        ]
        service.clock.advance(by: .seconds(61))
        for (name, path) in [("verification", "/v1/email-verifications"), ("reset", "/v1/password-resets")] {
            _ = try await house.api.send(.post, path, #"{"email":"\#(house.user.email)"}"#)
            secrets[name] = try #require(service.accounts.mails.last?.token?.text)
        }
        return secrets
    }

    private func answer(_ door: String, _ secret: String, _ house: House) async throws -> ServiceAnswer {
        let api = house.api
        return switch door {
        case "access": try await api.send(.get, "/v1/me", token: secret)
        case "refresh": try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(secret)"}"#)
        case "step": try await house.finish(secret, house.code(steps: 1))
        case "recovery":
            try await house.finish(house.firstStep().string("mfa_token"), secret)
        case "verification":
            try await api.send(.post, "/v1/email-verifications/confirm", #"{"token":"\#(secret)"}"#)
        default:
            try await api.send(
                .post, "/v1/password-resets/confirm", #"{"token":"\#(secret)","new_password":"an0ther&one"}"#)
        }
    }

    @Test func `a secret of another purpose is refused at every door, and its own stays open to it`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let house = try await House(service, api)
            let secrets = try await secrets(house)
            // The last one voids the tokens of the others.
            let doors = ["access", "refresh", "step", "recovery", "verification", "reset"]
            for door in doors {
                for (kind, secret) in secrets where kind != door {
                    let refused = try await answer(door, secret, house)
                    #expect(refused.status.code / 100 == 4, "a secret of kind \(kind) at \(door)")
                    #expect(refused.json["access_token"] == nil && refused.json["id"] == nil)
                }
            }
            for door in doors {
                let opened = try await answer(door, #require(secrets[door]), house)
                #expect(opened.status.code / 100 == 2, "\(door): \(opened.code ?? "")")
            }
        }
    }

    @Test func `a new password by mail opens no session and takes no factor and no passkey away`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let house = try await House(service, api)
            var authenticator = TestAuthenticator()
            let options = try await api.send(.post, "/v1/me/passkeys/options", token: house.user.access)
            let credential = authenticator.create(options.json)
            _ = try await api.send(
                .post, "/v1/me/passkeys", #"{"credential":\#(credential)}"#, token: house.user.access)
            let earlier = try await house.firstStep().string("mfa_token")
            _ = try await api.send(.post, "/v1/password-resets", #"{"email":"\#(house.user.email)"}"#)
            let token = try #require(service.accounts.mails.last?.token?.text)
            let reset = try await answer("reset", token, house)
            #expect(reset.status == .noContent && reset.body.isEmpty && reset.headers[.setCookie] == nil)
            #expect(try await house.finish(earlier, house.code()).code == "user.mfa-token-invalid")
            let credentials = #"{"email":"\#(house.user.email)","password":"an0ther&one"}"#
            let first = try await api.send(.post, "/v1/sessions", credentials)
            #expect(first.status == .unauthorized && first.code == "user.mfa-required")
            #expect(try await house.finish(first.string("mfa_token"), house.code()).status == .created)
            let asked = try await api.send(.post, "/v1/sessions/passkey/options")
            let signedIn = try await api.send(
                .post, "/v1/sessions/passkey", #"{"credential":\#(authenticator.get(asked.json))}"#)
            #expect(signedIn.status == .created)
        }
    }

    @Test func `a code of another account opens nothing, wherever it is sent`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let (house, other) = (try await House(service, api), try await House(service, api))
            for code in [other.code(), other.recovery[0]] {
                let step = try await house.firstStep().string("mfa_token")
                #expect(try await house.finish(step, code).code == "user.mfa-code-wrong")
                for (method, path) in [
                    (HTTPRequest.Method.post, "/v1/sessions/step-up"), (.delete, "/v1/me/mfa/totp"),
                    (.post, "/v1/me/mfa/recovery-codes"),
                ] {
                    #expect(try await house.change(method, path, code).code == "user.mfa-code-wrong", "\(path)")
                }
            }
            // None of them was used up by that.
            let step = try await other.firstStep().string("mfa_token")
            #expect(try await other.finish(step, other.recovery[0]).status == .created)
            #expect(try await other.change(.post, "/v1/sessions/step-up", other.code()).status == .ok)
        }
    }
}
