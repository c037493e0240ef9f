import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import IdentityEvents
import PlatformTesting
import Testing
import UserDomain
import UserStorage

@Suite struct TokenRoutesTests {
    private func error(_ answer: ServiceAnswer) -> String? {
        // RFC 6749 §5.1 and §5.2.
        #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[HTTPField.Name("Pragma")!] == "no-cache")
        #expect(answer.headers[.contentType] == "application/json")
        return answer.json["error"] as? String
    }

    @Test func `a service gets a token for its secret, in either place`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let form = "&client_id=\(TestService.service)&client_secret=\(TestService.serviceSecret)"
            for answer in [
                try await api.grant(), try await api.grant("grant_type=client_credentials" + form, basic: nil),
                try await api.grant("grant_type=client_credentials&client_id=\(TestService.service)"),
                // What is unknown is passed over, and what is empty left out (RFC 6749 §3.2).
                try await api.grant("grant_type=client_credentials&audience=x&scope=&client_secret="),
                try await api.grant(headers: [.contentType: "Application/x-www-form-urlencoded; charset=UTF-8"]),
            ] {
                #expect(answer.status == .ok && error(answer) == nil)
                #expect(try answer.string("token_type") == "Bearer" && answer.json["expires_in"] as? Int == 300)
                #expect(try answer.string("scope") == "authz:decide identity:events")
                let verifier = TokenVerifier(
                    keys: service.keyring,
                    rules: .init(issuer: TestService.form.issuer, audience: TestService.form.audience),
                    revocations: .current(), clock: service.clock)
                let principal = try await verifier.verifyService(answer.string("access_token"))
                #expect(principal.clientID == TestService.service)
                #expect(principal.scopes == ["authz:decide", "identity:events"])
            }
            let narrow = try await api.grant("grant_type=client_credentials&scope=identity%3Aevents")
            #expect(try narrow.string("scope") == "identity:events")
        }
    }

    @Test func `a service's token is no person's`() async throws {
        try await TestService().serve { api in
            let token = try await api.grant().string("access_token")
            #expect(try await api.send(.get, "/v1/me", token: token).status == .unauthorized)
        }
    }

    @Test(arguments: [
        "nobody:\(TestService.serviceSecret)", "\(TestService.service):wrong", "\(TestService.service):", ":", "",
        TestService.service, ":\(TestService.serviceSecret)", "%zz:\(TestService.serviceSecret)",
        "\(TestService.service):%00",
    ])
    func `whoever is not known is told so, all alike`(basic: String) async throws {
        try await TestService().serve { api in
            let answer = try await api.grant(basic: basic)
            #expect(answer.status == .unauthorized && error(answer) == "invalid_client")
            #expect(answer.headers[.wwwAuthenticate] == #"Basic realm="hiroba""#)
        }
    }

    @Test func `credentials of another kind, or none, are nobody's`() async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            for field in ["Bearer \(user.access)", "Basic", "Basic !", "Digest x"] {
                let answer = try await api.grant(basic: nil, headers: [.authorization: field])
                #expect(answer.status == .unauthorized && error(answer) == "invalid_client", "\(field)")
            }
            let none = try await api.grant(basic: nil)
            #expect(none.status == .unauthorized && error(none) == "invalid_client")
        }
    }

    @Test(arguments: [
        ("", "invalid_request"), ("grant_type=", "invalid_request"), ("scope=authz:decide", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=a&scope=a", "invalid_request"),
        ("grant_type=client_credentials&x=1&x=2", "invalid_request"),
        ("grant_type=client_credentials&client_secret=\(TestService.serviceSecret)", "invalid_request"),
        ("grant_type=client_credentials&client_id=video-service", "invalid_request"),
        ("grant_type=client_credentials&x=%zz", "invalid_request"),
        ("grant_type=client_credentials&scope=%ff", "invalid_request"),
        ("grant_type=client_credentials&scope=users:read", "invalid_scope"),
        ("grant_type=client_credentials&scope=authz:decide+nonsense", "invalid_scope"),
        (#"{"grant_type":"client_credentials"}"#, "invalid_request"),
    ])
    func `what is wrong with a request has its word`(form: String, word: String) async throws {
        try await TestService().serve { api in
            let answer = try await api.grant(form)
            #expect(answer.status == .badRequest && error(answer) == word)
        }
    }

    @Test func `a body of another kind or size is refused in the same form`() async throws {
        try await TestService().serve { api in
            for type in ["application/json", "text/plain", "multipart/form-data; boundary=x", "nonsense"] {
                let answer = try await api.grant(headers: [.contentType: type])
                #expect(answer.status == .unsupportedMediaType && error(answer) == "invalid_request", "\(type)")
            }
            let large = try await api.grant("grant_type=" + String(repeating: "a", count: 8_192))
            #expect(large.status == .contentTooLarge && error(large) == "invalid_request")
            let inQuery = try await api.send(
                .post, "/oauth2/token?grant_type=client_credentials", "",
                headers: [.contentType: "application/x-www-form-urlencoded"])
            #expect(inQuery.status == .badRequest && error(inQuery) == "invalid_request")
        }
    }

    @Test func `tries from one network are limited, right ones and wrong ones`() async throws {
        try await TestService(tokenRequests: 3).serve { api in
            #expect(try await api.grant().headers[.rateLimit]?.hasPrefix(#""token";r=2"#) == true)
            let wrong = try await api.grant(basic: "a:b")
            #expect(wrong.headers[.rateLimit]?.hasPrefix(#""token";r=1"#) == true)
            _ = try await api.grant()
            let beyond = try await api.grant()
            #expect(beyond.status == .tooManyRequests && error(beyond) == "temporarily_unavailable")
            #expect(beyond.headers[.retryAfter] != nil)
        }
    }
}
