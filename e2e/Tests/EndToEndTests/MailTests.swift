import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

private struct EventBody: Decodable, Sendable {
    let kind: String
}

private struct MeBody: Decodable, Sendable {
    let email: String
    let emailVerified: Bool
}

extension EndToEnd {
    /// What is done by mail, where addresses must be verified, as in production.
    @Suite
    struct MailTests {
        private let open = API()

        private func withVerification(_ body: () async throws -> Void) async throws {
            try await Platform.kill(.user)
            try await Platform.start(.user, settings: ["REQUIRE_VERIFIED_EMAIL": "true"])
            let result = await Result { try await body() }
            try await Platform.kill(.user)
            try await Platform.start(.user)
            try result.get()
        }

        private func signUp(_ box: Mailbox) async throws -> Answer {
            try await open.call(
                .POST, "/v1/users", json: ["email": box.address, "password": Person.password, "display_name": "Hanako"])
        }

        private func signIn(_ box: Mailbox, _ password: String = Person.password) async throws -> Answer {
            try await open.call(.POST, "/v1/sessions", json: ["email": box.address, "password": password])
        }

        @Test(.timeLimit(.minutes(3)))
        func `an account is verified, its password is reset and its address changed by mail alone`() async throws {
            try await withVerification {
                let box = Mailbox("hanako")
                #expect(try await signUp(box).status == 202)
                let token = try await box.token(in: "Verify your e-mail address")
                #expect(try await signIn(box).problemCode == "user.email-not-verified")
                #expect(
                    try await open.call(.POST, "/v1/email-verifications/confirm", json: ["token": token]).status == 204)
                let tokens = try await signIn(box).decoded(as: TokensBody.self)
                #expect(try await signUp(box).status == 202)
                #expect(try await box.wait(for: "You already have an account") == 1)

                try await reset(box, API(token: tokens.accessToken))
                try await move(box)
            }
        }

        /// Every session ends within a second, at every service; the new password is the only one.
        private func reset(_ box: Mailbox, _ former: API) async throws {
            for route in TokenTests.routes { #expect(try await former.call(.GET, route).status == 200) }
            #expect(try await open.call(.POST, "/v1/password-resets", json: ["email": box.address]).status == 202)
            let token = try await box.token(in: "Set a new password")
            let password = "another long pass phrase"
            let confirmed = try await open.call(
                .POST, "/v1/password-resets/confirm", json: ["token": token, "new_password": password])
            #expect(confirmed.status == 204)
            for route in TokenTests.routes {
                try await until("\(route) knows that the session ended", within: .seconds(5)) {
                    try await former.call(.GET, route).status == 401
                }
            }
            let again = try await open.call(
                .POST, "/v1/password-resets/confirm", json: ["token": token, "new_password": password])
            #expect(again.problemCode == "user.mail-token-invalid")
            #expect(try await signIn(box).status == 401)
            _ = try await box.wait(for: "A new password was set")
        }

        private func move(_ box: Mailbox) async throws {
            let password = "another long pass phrase"
            let tokens = try await signIn(box, password).decoded(as: TokensBody.self)
            let (me, new) = (API(token: tokens.accessToken), Mailbox("new"))
            let asked = try await me.call(.POST, "/v1/me/email", json: ["email": new.address, "password": password])
            #expect(asked.status == 202)
            for (mailbox, subject) in [
                (box, "Do you want another e-mail address?"), (new, "Confirm your new e-mail address"),
            ] {
                let token = try await mailbox.token(in: subject)
                #expect(try await open.call(.POST, "/v1/email-changes/confirm", json: ["token": token]).status == 200)
            }
            let account = try await me.call(.GET, "/v1/me").decoded(as: MeBody.self)
            #expect(account.email == new.address && account.emailVerified)
            #expect(try await signIn(new, password).status == 201)
            #expect(try await signIn(box, password).status == 401)
            _ = try await box.wait(for: "Your e-mail address was changed")
            let events = try await me.call(.GET, "/v1/me/security-events").decoded(as: PageBody<EventBody>.self)
            #expect(Set(events.items.map(\.kind)).isSuperset(of: ["password_reset", "email_changed"]))
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
