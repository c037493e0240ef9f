import HTTPTypes
import HummingbirdTesting
import Metrics
import PlatformTesting
import ServiceKit
import Testing
import UserTestKit

@Suite struct OutcomeMetricsTests {
    /// The lines of one metric after `body`, of this test alone.
    private func lines(
        _ name: String, _ body: @escaping @Sendable (TestUserClient, TestService) async throws -> Void
    ) async throws -> Set<String> {
        let registry = PrometheusRegistry()
        try await withMetricsFactory(registry) {
            let house = try await TestService()
            try await house.serve { try await body($0, house) }
        }
        return Set(registry.text().split(separator: "\n").map(String.init).filter { $0.hasPrefix("\(name){") })
    }

    @Test func `sign-ins are counted by what became of them`() async throws {
        let lines = try await lines("sign_ins_total") { api, _ in
            let user = try await api.newUser()
            for _ in 0..<2 {
                try await api.send(.post, "/v1/sessions", #"{"email":"\#(user.email)","password":"not this one"}"#)
            }
        }
        #expect(
            lines == [
                #"sign_ins_total{outcome="done"} 1"#, #"sign_ins_total{outcome="user.credentials-wrong"} 2"#,
            ])
    }

    @Test func `second steps are counted by what became of them`() async throws {
        let lines = try await lines("sign_in_second_steps_total") { api, service in
            let house = try await SecondFactorRoutesTests.House(service, api)
            let token = try await house.firstStep().string("mfa_token")
            for (token, code) in [(token, "000000"), ("x", "000000"), (token, house.code())] {
                _ = try await house.finish(token, code)
            }
        }
        #expect(
            lines == [
                #"sign_in_second_steps_total{outcome="done"} 1"#,
                #"sign_in_second_steps_total{outcome="user.mfa-code-wrong"} 1"#,
                #"sign_in_second_steps_total{outcome="user.mfa-token-invalid"} 1"#,
            ])
    }

    @Test func `steps up and changes of factors are counted by what became of them`() async throws {
        for (name, expected) in [
            ("step_ups_total", ["done", "user.password-wrong"]),
            ("second_factor_changes_total", ["done", "user.mfa-code-wrong"]),
        ] {
            let lines = try await lines(name) { api, _ in
                let user = try await api.newUser()
                for password in [TestService.password, "no"] {
                    try await api.send(
                        .post, "/v1/sessions/step-up", #"{"password":"\#(password)"}"#, token: user.access)
                }
                try await api.send(.post, "/v1/me/mfa/totp", token: user.access)
                try await api.send(.post, "/v1/me/mfa/totp/confirm", #"{"code":"0"}"#, token: user.access)
            }
            #expect(lines == Set(expected.map { #"\#(name){outcome="\#($0)"} 1"# }))
        }
    }

    @Test func `passkeys are counted by what became of them, those that did not hold by why`() async throws {
        for (name, expected) in [
            ("passkey_sign_ins_total", [#"outcome="done"} 1"#, #"outcome="user.passkey-refused"} 2"#]),
            ("passkey_changes_total", [#"outcome="done"} 2"#]),
            (
                "passkeys_refused_total",
                [#"reason="wrongSignature"} 1"#, #"reason="wrongOrigin"} 1"#, #"reason="challenge"} 1"#]
            ),
        ] {
            let lines = try await lines(name) { api, service in
                let house = try await PasskeyRoutesTests.House(service, api)
                for change in [nil, .signature, .origin] as [TestAuthenticator.Change?] {
                    _ = try await house.signIn(changing: change)
                }
                let shown = #"{"credential":\#(house.authenticator.get([:]))}"#
                try await api.send(.post, "/v1/sessions/step-up", shown, token: house.user.access)
                let id = try house.passkey.string("id")
                try await api.send(.delete, "/v1/me/passkeys/\(id)", token: house.user.access)
            }
            #expect(lines == Set(expected.map { "\(name){\($0)" }))
        }
    }

    @Test func `each step by mail is counted by what became of it`() async throws {
        let steps = [
            "sign_ups_total": ("/v1/users", EmailRoutesTests.hanako, ["done", "user.email-taken"]),
            "email_verification_requests_total": ("/v1/email-verifications", #"{"email":"a@b.co"}"#, ["done", "done"]),
            "password_reset_requests_total": ("/v1/password-resets", #"{"email":"a@b"}"#, nil),
            "password_resets_total": (
                "/v1/password-resets/confirm", #"{"token":"x","new_password":"y"}"#, ["user.mail-token-invalid"]
            ),
            "email_verifications_total": (
                "/v1/email-verifications/confirm", #"{"token":"x"}"#, ["user.mail-token-invalid"]
            ),
            "email_changes_total": ("/v1/email-changes/confirm", #"{"token":"x"}"#, ["user.mail-token-invalid"]),
        ]
        for (name, (path, body, outcomes)) in steps {
            let counted = try await lines(name) { api, _ in
                for _ in 0..<2 { try await api.send(.post, path, body) }
            }
            let wanted = Set(outcomes ?? ["platform.invalid-input"])
            #expect(counted.count == wanted.count, "\(counted)")
            for outcome in wanted { #expect(counted.contains { $0.contains("outcome=\"\(outcome)\"") }, "\(counted)") }
        }
    }

    @Test func `refreshed sessions are counted by what became of them`() async throws {
        let lines = try await lines("session_refreshes_total") { api, _ in
            let user = try await api.newUser()
            for token in [user.refresh, "x"] {
                try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(token)"}"#)
            }
        }
        #expect(
            lines == [
                #"session_refreshes_total{outcome="done"} 1"#,
                #"session_refreshes_total{outcome="user.refresh-token-invalid"} 1"#,
            ])
    }

    @Test func `services' requests for tokens are counted by what became of them`() async throws {
        let lines = try await lines("service_token_requests_total") { api, _ in
            for basic in [nil, "a:b"] { _ = try await api.grant(basic: basic) }
            _ = try await api.grant()
            _ = try await api.grant("grant_type=password")
        }
        #expect(
            lines == [
                #"service_token_requests_total{outcome="granted"} 1"#,
                #"service_token_requests_total{outcome="invalid_client"} 2"#,
                #"service_token_requests_total{outcome="unsupported_grant_type"} 1"#,
            ])
    }

    @Test func `deliveries of payment providers are counted by source and by what became of them`() async throws {
        let lines = try await lines("webhooks_total") { api, house in
            let now = house.clock.now
            for id in ["a", "a"] { _ = try await api.deliver(#"{"type":"x"}"#, id: id, at: now) }
            _ = try await api.deliver("{}", at: now)
            _ = try await api.deliver("{}", at: now, to: "anybody")
        }
        #expect(
            lines == [
                #"webhooks_total{source="shop",outcome="ignored"} 1"#,
                #"webhooks_total{source="shop",outcome="repeated"} 1"#,
                #"webhooks_total{source="shop",outcome="platform.invalid-input"} 1"#,
                #"webhooks_total{source="unproven",outcome="user.webhook-unproven"} 1"#,
            ])
    }
}
