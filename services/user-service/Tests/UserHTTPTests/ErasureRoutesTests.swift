import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct ErasureRoutesTests {
    static let password = #"{"password":"\#(TestService.password)"}"#

    @Test func `an account is signed out at once, and erased when its time is over`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let other = try await api.newUser()
            let asked = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            let time = RFC3339.string(from: service.clock.now.addingTimeInterval(604_800))
            #expect(try asked.status == .accepted && asked.string("erase_at") == time)
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .unauthorized)
            let refreshed = try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#)
            #expect(refreshed.status == .unauthorized)
            #expect(try await api.send(.get, "/v1/users/\(user.user)", token: other.access).status == .ok)
            service.clock.advance(by: .seconds(604_800))
            #expect(try await service.accounts.eraseDue(most: 9) == 1)
            _ = try await api.newUser(email: user.email)
        }
    }

    @Test func `signing in before then takes it back`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            _ = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            let back = try await api.signIn(email: user.email)
            service.clock.advance(by: .seconds(604_801))
            #expect(try await service.accounts.eraseDue(most: 9) == 0)
            _ = back
            _ = try await api.signIn(email: user.email)
        }
    }

    @Test(
        arguments: [
            (#"{"password":"wr0ng&wrong"}"#, .forbidden, "user.password-wrong"),
            ("{}", .unauthorized, "user.step-up-required"), (#"{"code":"123456"}"#, .conflict, "user.mfa-not-on"),
            (#"{"password":null}"#, .badRequest, nil), (#"{"code":null}"#, .badRequest, nil),
            (#"{"password":"x","at":1}"#, .badRequest, nil), (#"{"password":"x","code":"1"}"#, .badRequest, nil),
            (nil, .unsupportedMediaType, nil),
        ] as [(String?, HTTPResponse.Status, String?)])
    func `without the password nobody is erased`(
        body: String?, status: HTTPResponse.Status, code: String?
    ) async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(.delete, "/v1/me", body, token: user.access)
            #expect(answer.status == status && (code == nil || answer.code == code))
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .ok)
        }
    }

    @Test func `an account with an app shows a code, and no password is looked at`() async throws {
        let service = try await TestService(perAccount: 2)
        try await service.serve { api in
            let house = try await SecondFactorRoutesTests.House(service, api)
            let password = try await api.send(.delete, "/v1/me", Self.password, token: house.user.access)
            #expect(password.status == .forbidden && password.code == "user.second-factor-needed")
            let used = house.code(steps: -1)
            let wrong = try await api.send(.delete, "/v1/me", #"{"code":"\#(used)"}"#, token: house.user.access)
            #expect(wrong.status == .forbidden && wrong.code == "user.mfa-code-wrong" && wrong.pointers == ["/code"])
            let asked = try await api.send(
                .delete, "/v1/me", #"{"code":"\#(house.code())"}"#, token: house.user.access)
            #expect(asked.status == .accepted)
            #expect(try await api.send(.get, "/v1/me", token: house.user.access).status == .unauthorized)
            let step = try await house.firstStep().string("mfa_token")
            #expect(try await house.finish(step, house.code(steps: 1)).status == .created)
            service.clock.advance(by: .seconds(604_801))
            #expect(try await service.accounts.eraseDue(most: 9) == 0, "signing in took it back")
        }
    }

    @Test func `a recovery code does as well, and wrong codes are limited`() async throws {
        let service = try await TestService(perAccount: 2)
        try await service.serve { api in
            let house = try await SecondFactorRoutesTests.House(service, api)
            let right = #"{"code":"\#(house.recovery[0])"}"#
            for _ in 0..<2 {
                _ = try await api.send(.delete, "/v1/me", #"{"code":"000000"}"#, token: house.user.access)
            }
            let spent = try await api.send(.delete, "/v1/me", right, token: house.user.access)
            #expect(spent.status == .tooManyRequests)
            service.clock.advance(by: .seconds(901))
            let access = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(house.user.refresh)"}"#
            ).string("access_token")
            #expect(try await api.send(.delete, "/v1/me", right, token: access).status == .accepted)
        }
    }

    @Test func `whoever has a role that counts with two factors alone shows both, and a short while ago`() async throws
    {
        let service = try await TestService(requireTwoFactors: "admin")
        try await service.serve { api in
            _ = try await service.newAdmin(api)
            let house = try await PasskeyRoutesTests.House(service, api)
            try await service.appoint(house.user)
            let weak = try await api.signIn(email: house.user.email).access
            let password = try await api.send(.delete, "/v1/me", Self.password, token: weak)
            #expect(password.status == .forbidden && password.code == "user.second-factor-needed")
            let one = try await api.send(.delete, "/v1/me", "{}", token: weak)
            #expect(one.status == .unauthorized && one.code == "user.step-up-required")
            #expect(one.json["acr_values"] as? String == "2")
            let fresh = try SignedIn(email: house.user.email, answer: try await house.signIn())
            service.clock.advance(by: .seconds(1))
            let renewed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(fresh.refresh)"}"#
            ).string("access_token")
            service.clock.advance(by: .seconds(598))
            let asked = try await api.send(.delete, "/v1/me", "{}", token: renewed)
            #expect(asked.status == .accepted)
            let back = try await house.signIn()
            #expect(back.status == .created)
            service.clock.advance(by: .seconds(604_801))
            #expect(try await service.accounts.eraseDue(most: 9) == 0, "signing in took it back")
        }
    }

    @Test func `what was shown too long ago is asked for again`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let house = try await PasskeyRoutesTests.House(service, api)
            let signedIn = try SignedIn(email: house.user.email, answer: try await house.signIn())
            service.clock.advance(by: .seconds(600))
            let renewed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(signedIn.refresh)"}"#
            ).string("access_token")
            let answer = try await api.send(.delete, "/v1/me", "{}", token: renewed)
            #expect(answer.status == .unauthorized && answer.code == "user.step-up-required")
            #expect(answer.json["max_age"] as? Int == 600)
        }
    }

    @Test func `the last admin stays`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let admin = try await service.newAdmin(api)
            let answer = try await api.send(.delete, "/v1/me", Self.password, token: admin.access)
            #expect(answer.status == .conflict && answer.code == "user.last-admin")
            #expect(try await api.send(.get, "/v1/me", token: admin.access).status == .ok)
        }
    }

    @Test func `wrong passwords are limited, and tell nobody more than that`() async throws {
        try await TestService(perAccount: 2).serve { api in
            let user = try await api.newUser()
            for _ in 0..<2 {
                _ = try await api.send(.delete, "/v1/me", #"{"password":"wr0ng&wrong"}"#, token: user.access)
            }
            let answer = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            #expect(answer.status == .tooManyRequests)
        }
    }

    @Test func `whoever is banned has no token to ask with`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            service.accounts.setBan(Ban(at: Date(), until: nil, reason: "x", by: nil), of: id)
            let answer = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            #expect(answer.status == .forbidden && answer.code == "user.banned")
        }
    }

    @Test func `services read who was erased and report, and admins see what was done where`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let admin = try await service.newAdmin(api)
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            _ = try await service.accounts.erase(id, ifVersion: 1)
            let token = try await api.grant().string("access_token")
            let page = try await api.send(.get, "/internal/v1/erasures", token: token)
            let items = try #require(page.json["items"] as? [[String: Any]])
            #expect(items.map { $0["user_id"] as? String } == [user.user])
            let next = try page.string("next")
            let rest = try await api.send(.get, "/internal/v1/erasures?after=\(next)", token: token)
            #expect(try (rest.json["items"] as? [Any])?.isEmpty == true && rest.string("next") == next)
            let path = "/internal/v1/erasures/\(user.user)/report"
            let reported = try await api.send(.put, path, #"{"removed":{"videos":3}}"#, token: token)
            #expect(reported.status == .noContent)
            let listed = try await api.send(
                .get, "/v1/admin/erasures?user_id=\(user.user)&finished=false", token: admin.access)
            let reports = (listed.json["items"] as? [[String: Any]])?.first?["reports"] as? [[String: Any]]
            #expect(reports?.map { $0["service"] as? String }.contains(TestService.service) == true)
            let unknown = try await api.send(
                .put, "/internal/v1/erasures/\(UUID().lowercased)/report", #"{"removed":{}}"#, token: token)
            #expect(unknown.code == "user.erasure-not-found")
            for body in [#"{"removed":{"Videos":1}}"#, #"{"removed":{"videos":-1}}"#, #"{"removed":[]}"#, "{}"] {
                #expect(try await api.send(.put, path, body, token: token).status == .badRequest, "\(body)")
            }
        }
    }
}
