import DomainKit
import Foundation
import HTTPTypes
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

/// An access token is void at once when what it stands for is over, long before it expires.
@Suite struct VoidTokenTests {
    func status(_ token: String, _ api: TestUserClient) async throws -> HTTPResponse.Status {
        try await api.send(.get, "/v1/me", token: token).status
    }

    @Test func `an ended session takes its token along, and no other`() async throws {
        try await TestService().serve { api in
            let here = try await api.newUser()
            let (there, elsewhere) = (try await api.signIn(email: here.email), try await api.signIn(email: here.email))
            #expect(try await status(there.access, api) == .ok)
            try await api.send(.delete, "/v1/sessions/\(there.session)", token: here.access)
            #expect(try await status(there.access, api) == .unauthorized)
            #expect(try await status(elsewhere.access, api) == .ok)
            try await api.send(.delete, "/v1/sessions", token: here.access)
            #expect(try await status(elsewhere.access, api) == .unauthorized)
            #expect(try await status(here.access, api) == .ok)
        }
    }

    @Test func `a new password ends other devices' tokens and keeps the own one`() async throws {
        try await TestService().serve { api in
            let here = try await api.newUser()
            let there = try await api.signIn(email: here.email)
            let body = #"{"current_password":"\#(TestService.password)","new_password":"an0ther staple"}"#
            #expect(try await api.send(.put, "/v1/me/password", body, token: here.access).status == .noContent)
            #expect(try await status(there.access, api) == .unauthorized)
            #expect(try await status(here.access, api) == .ok)
        }
    }

    @Test func `an erased account's tokens are void`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            try await api.send(
                .delete, "/v1/me", #"{"password":"\#(TestService.password)"}"#, token: user.access)
            let answer = try await api.send(.get, "/v1/sessions", token: user.access)
            #expect(answer.status == .unauthorized && answer.code == "platform.unauthenticated")
        }
    }

    @Test func `whoever is banned is told so on every guarded route, at sign-in and at refresh`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            let end = service.clock.now + 3_600
            service.accounts.setBan(Ban(at: service.clock.now, until: end, reason: "spam"), of: id)
            for (method, path) in TokenRefusalTests.guarded {
                let answer = try await api.send(method, path, token: user.access)
                #expect(answer.status == .forbidden && answer.code == "user.banned", "\(method) \(path)")
            }
            let refresh = #"{"refresh_token":"\#(user.refresh)"}"#
            func signIn(_ password: String) async throws -> ServiceAnswer {
                try await api.send(
                    .post, "/v1/sessions", #"{"email":"\#(user.email)","password":"\#(password)"}"#)
            }
            for answer in [
                try await signIn(TestService.password), try await api.send(.post, "/v1/sessions/refresh", refresh),
            ] {
                #expect(answer.status == .forbidden && answer.code == "user.banned")
                #expect(answer.json["until"] as? String == RFC3339.string(from: end))
            }
            #expect(try await signIn("wr0ng&wrong").code == "user.credentials-wrong")
            service.accounts.setBan(nil, of: id)
            #expect(try await status(user.access, api) == .unauthorized)
            let next = try await api.send(.post, "/v1/sessions/refresh", refresh)
            #expect(try await status(next.string("access_token"), api) == .ok)
        }
    }

    @Test func `a membership is in the next token, and voids the one before`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            service.accounts.setMembership(Membership(tier: "member"), of: try #require(UserID(user.user)))
            #expect(try await status(user.access, api) == .unauthorized)
            let again = try await api.signIn(email: user.email)
            #expect(try await status(again.access, api) == .ok)
        }
    }
}
