import DomainKit
import Foundation
import HTTPTypes
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct EmailRoutesTests {
    static let hanako = #"{"email":"Hanako@Example.com","password":"tr0ub4dor&3","display_name":"花子"}"#
    static let credentials = #"{"email":"hanako@example.com","password":"tr0ub4dor&3"}"#

    private func token(_ service: TestService) throws -> String {
        try #require(service.accounts.mails.last?.token?.text)
    }

    @Test func `where addresses must be verified, new and known ones get the same answer`() async throws {
        let service = try await TestService(requiresVerifiedEmail: true)
        try await service.serve { api in
            let first = try await api.send(.post, "/v1/users", Self.hanako, headers: [.acceptLanguage: "ja"])
            let second = try await api.send(.post, "/v1/users", Self.hanako)
            for answer in [first, second] { #expect(answer.status == .accepted && answer.body.isEmpty) }
            func names(_ answer: ServiceAnswer) -> Set<String> { Set(answer.headers.map(\.name.canonicalName)) }
            #expect(names(first) == names(second))
            #expect(service.accounts.mails.map(\.kind) == [.verifyEmail, .accountExists])
            #expect(service.accounts.mails.first?.language == .japanese)
        }
    }

    @Test func `a repeated sign-up with its key gets the first answer and no second mail`() async throws {
        let key = try #require(HTTPField.Name("Idempotency-Key"))
        for losesAnswers in [false, true] {
            let service = try await TestService(losesAnswers: losesAnswers, requiresVerifiedEmail: true)
            try await service.serve { api in
                for _ in 0..<2 {
                    let answer = try await api.send(.post, "/v1/users", Self.hanako, headers: [key: "k-1"])
                    #expect(answer.status == .accepted && answer.body.isEmpty)
                    service.clock.advance(by: .seconds(61))
                }
                #expect(service.accounts.mails.map(\.kind) == [.verifyEmail])
            }
        }
    }

    @Test func `nobody signs in before the address is verified, and only who knows the password is told`()
        async throws
    {
        let service = try await TestService(requiresVerifiedEmail: true)
        try await service.serve { api in
            try await api.send(.post, "/v1/users", Self.hanako)
            let early = try await api.send(.post, "/v1/sessions", Self.credentials)
            #expect(early.status == .forbidden && early.code == "user.email-not-verified")
            let wrong = try await api.send(
                .post, "/v1/sessions", #"{"email":"hanako@example.com","password":"wr0ng&one"}"#)
            #expect(wrong.code == "user.credentials-wrong")
            let confirmation = #"{"token":"\#(try token(service))"}"#
            let confirmed = try await api.send(.post, "/v1/email-verifications/confirm", confirmation)
            #expect(confirmed.status == .noContent)
            let again = try await api.send(.post, "/v1/email-verifications/confirm", confirmation)
            #expect(again.status == .badRequest && again.code == "user.mail-token-invalid")
            #expect(again.pointers == ["/token"])
            let user = try await api.signIn(email: "hanako@example.com")
            let me = try await api.send(.get, "/v1/me", token: user.access)
            #expect(me.json["email_verified"] as? Bool == true)
        }
    }

    @Test func `a new password ends all sessions, and the old one is none any more`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser(email: "hanako@example.com")
            let asked = try await api.send(.post, "/v1/password-resets", #"{"email":"HANAKO@example.com"}"#)
            #expect(asked.status == .accepted)
            let body = #"{"token":"\#(try token(service))","new_password":"an0ther&one"}"#
            #expect(try await api.send(.post, "/v1/password-resets/confirm", body).status == .noContent)
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .unauthorized)
            let refreshed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#)
            #expect(refreshed.status == .unauthorized)
            let old = try await api.send(.post, "/v1/sessions", Self.credentials)
            #expect(old.code == "user.credentials-wrong")
            _ = try await api.signIn(email: "hanako@example.com", password: "an0ther&one")
            #expect(try await api.send(.post, "/v1/password-resets/confirm", body).code == "user.mail-token-invalid")
            #expect(service.accounts.mails.map(\.kind).contains(.notice(.passwordReset)))
        }
    }

    @Test(arguments: ["/v1/email-verifications", "/v1/password-resets"])
    func `nobody is told whether an address has an account`(path: String) async throws {
        let service = try await TestService()
        try await service.serve { api in
            _ = try await api.newUser(email: "hanako@example.com")
            service.clock.advance(by: .seconds(61))
            let before = service.accounts.mails.count
            for email in ["nobody@example.com", "hanako@example.com", "hanako@example.com"] {
                let answer = try await api.send(.post, path, #"{"email":"\#(email)"}"#)
                #expect(answer.status == .accepted && answer.body.isEmpty)
            }
            #expect(service.accounts.mails.count == before + 1)
            let bad = try await api.send(.post, path, #"{"email":"nowhere"}"#)
            #expect(bad.status == .badRequest && bad.pointers == ["/email"])
        }
    }

    @Test func `mails that are asked for from one address are limited`() async throws {
        try await TestService(mails: 1).serve { api in
            #expect(try await api.send(.post, "/v1/password-resets", #"{"email":"a@b.co"}"#).status == .accepted)
            let refused = try await api.send(.post, "/v1/email-verifications", #"{"email":"c@d.co"}"#)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
        }
    }

    @Test func `an address changes once whoever reads both has said so`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser(email: "hanako@example.com")
            func ask(_ body: String) async throws -> ServiceAnswer {
                try await api.send(.post, "/v1/me/email", body, token: user.access)
            }
            let wrong = try await ask(#"{"email":"h@example.net","password":"wr0ng&one"}"#)
            #expect(
                wrong.status == .forbidden && wrong.code == "user.password-wrong" && wrong.pointers == ["/password"])
            let same = try await ask(#"{"email":"Hanako@Example.com","password":"tr0ub4dor&3"}"#)
            #expect(same.status == .badRequest && same.pointers == ["/email"])
            let asked = try await ask(#"{"email":"h@example.net","password":"tr0ub4dor&3"}"#)
            #expect(asked.status == .accepted && asked.body.isEmpty)
            let again = try await ask(#"{"email":"i@example.net","password":"tr0ub4dor&3"}"#)
            #expect(again.status == .tooManyRequests && again.code == "user.mailed-just-now")
            let tokens = service.accounts.mails.compactMap(\.token?.text).suffix(2)
            #expect(tokens.count == 2)
            var states: [String] = []
            for token in tokens {
                let answer = try await api.send(.post, "/v1/email-changes/confirm", #"{"token":"\#(token)"}"#)
                states.append(try answer.string("state"))
                let repeated = try await api.send(.post, "/v1/email-changes/confirm", #"{"token":"\#(token)"}"#)
                #expect(repeated.status == .badRequest && repeated.code == "user.mail-token-invalid")
            }
            #expect(states == ["waiting", "changed"])
            let me = try await api.send(.get, "/v1/me", token: user.access)
            #expect(try me.string("email") == "h@example.net" && me.json["email_verified"] as? Bool == true)
            #expect(service.accounts.mails.last?.email.description == "hanako@example.com")
            _ = try await api.signIn(email: "h@example.net")
        }
    }

    @Test func `whoever changes an address has shown who they are a short while ago`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser(email: "hanako@example.com")
            let mails = service.accounts.mails.count
            let body = #"{"email":"h@example.net","password":"\#(TestService.password)"}"#
            service.clock.advance(by: .seconds(300))
            let token = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#
            ).string("access_token")
            service.clock.advance(by: .seconds(300))
            let stale = try await api.send(.post, "/v1/me/email", body, token: token)
            #expect(stale.status == .unauthorized && stale.code == "user.step-up-required")
            #expect(service.accounts.mails.count == mails)
            let proof = #"{"password":"\#(TestService.password)"}"#
            let fresh = try await api.send(.post, "/v1/sessions/step-up", proof, token: token).string("access_token")
            #expect(try await api.send(.post, "/v1/me/email", body, token: fresh).status == .accepted)
        }
    }
}
