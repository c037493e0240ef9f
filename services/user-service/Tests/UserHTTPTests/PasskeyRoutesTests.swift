import DomainKit
import Encodings
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserStorage
import UserTestKit

@Suite struct PasskeyRoutesTests {
    /// Somebody with a passkey.
    struct House {
        let service: TestService
        let api: TestUserClient
        let user: SignedIn
        let authenticator: TestAuthenticator
        let passkey: ServiceAnswer

        init(_ service: TestService, _ api: TestUserClient, isSynced: Bool = true) async throws {
            (self.service, self.api) = (service, api)
            user = try await api.newUser()
            var made = TestAuthenticator(isSynced: isSynced)
            let options = try await api.send(.post, "/v1/me/passkeys/options", token: user.access)
            passkey = try await api.send(
                .post, "/v1/me/passkeys", #"{"credential":\#(made.create(options.json)),"name":"電話"}"#,
                token: user.access)
            authenticator = made
        }

        func signIn(
            changing change: TestAuthenticator.Change? = nil, _ more: String = "", headers: HTTPFields = [:]
        ) async throws -> ServiceAnswer {
            let options = try await api.send(.post, "/v1/sessions/passkey/options")
            return try await api.send(
                .post, "/v1/sessions/passkey",
                #"{"credential":\#(authenticator.get(options.json, changing: change))\#(more)}"#, headers: headers)
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

    @Test func `options come bare, as browsers take them`() async throws {
        try await serve { house in
            let creation = try await house.api.send(.post, "/v1/me/passkeys/options", token: house.user.access)
            #expect(creation.status == .ok && creation.headers[.cacheControl] == "no-store")
            #expect((creation.json["rp"] as? [String: Any])?["id"] as? String == "localhost")
            #expect((creation.json["excludeCredentials"] as? [[String: Any]])?.count == 1)
            let selection = creation.json["authenticatorSelection"] as? [String: Any]
            #expect(selection?["userVerification"] as? String == "required")
            #expect(selection?["residentKey"] as? String == "required")
            let algorithms = (creation.json["pubKeyCredParams"] as? [[String: Any]])?.compactMap { $0["alg"] as? Int }
            #expect(algorithms == [-7, -8] && creation.json["attestation"] as? String == "none")
            let request = try await house.api.send(.post, "/v1/sessions/passkey/options")
            #expect(request.json["rpId"] as? String == "localhost" && request.json["timeout"] as? Int == 300_000)
            #expect((request.json["allowCredentials"] as? [Any])?.isEmpty == true)
            #expect(request.json["userVerification"] as? String == "required")
        }
    }

    @Test(arguments: [true, false])
    func `a passkey is added, listed, used and taken away`(isSynced: Bool) async throws {
        let service = try await TestService()
        try await service.serve { api in
            let house = try await House(service, api, isSynced: isSynced)
            #expect(house.passkey.status == .created && house.passkey.json["synced"] as? Bool == isSynced)
            #expect(try house.passkey.string("name") == "電話" && house.passkey.json["last_used_at"] is NSNull)
            let answer = try await house.signIn()
            #expect(answer.status == .created && answer.headers[.setCookie] != nil)
            let access = try answer.string("access_token")
            let said = try claims(access)
            #expect(said["amr"] as? [String] == [isSynced ? "swk" : "hwk"] && said["acr"] as? String == "2")
            let listed = try await api.send(.get, "/v1/me/passkeys", token: access)
            let items = listed.json["items"] as? [[String: Any]]
            #expect(items?.count == 1 && items?[0]["last_used_at"] is String && listed.json["next_cursor"] is NSNull)
            let path = "/v1/me/passkeys/\(try house.passkey.string("id"))"
            #expect(try await api.send(.delete, path, token: api.newUser().access).code == "user.passkey-not-found")
            #expect(try await api.send(.delete, path, token: access).status == .noContent)
            #expect(try await api.send(.delete, path, token: access).status == .notFound)
            let gone = try await house.signIn()
            #expect(gone.status == .unauthorized && gone.code == "user.passkey-refused")
            #expect(gone.headers[.wwwAuthenticate] == "Bearer")
            // The session that took it away goes on, and has shown nothing that counts.
            let refreshed = try await api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(answer.string("refresh_token"))"}"#)
            #expect(try claims(refreshed.string("access_token"))["acr"] as? String == "1")
            #expect(try await api.signIn(email: house.user.email).user == house.user.user, "the password is a way in")
        }
    }

    @Test func `an app that is on asks nothing of a passkey`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let factor = try await SecondFactorRoutesTests.House(service, api)
            var authenticator = TestAuthenticator()
            let options = try await api.send(.post, "/v1/me/passkeys/options", token: factor.user.access)
            let added = try await api.send(
                .post, "/v1/me/passkeys", #"{"credential":\#(authenticator.create(options.json))}"#,
                token: factor.user.access)
            #expect(added.status == .created && (try? added.string("name")) == "Passkey")
            let request = try await api.send(.post, "/v1/sessions/passkey/options")
            let answer = try await api.send(
                .post, "/v1/sessions/passkey", #"{"credential":\#(authenticator.get(request.json))}"#)
            #expect(answer.status == .created)
            let stepped = try await api.send(
                .post, "/v1/sessions/step-up", #"{"password":"\#(TestService.password)"}"#,
                token: answer.string("access_token"))
            #expect(stepped.code == "user.second-factor-needed")
        }
    }

    @Test(arguments: TestAuthenticator.Change.allCases)
    func `what is wrong with a passkey is not told`(change: TestAuthenticator.Change) async throws {
        try await serve { house in
            if ![.algorithm, .depth].contains(change) {
                let answer = try await house.signIn(changing: change)
                #expect(answer.status == .unauthorized && answer.code == "user.passkey-refused")
                #expect(answer.pointers == [])
            }
            guard ![.signature, .handle, .otherKey].contains(change) else { return }
            var authenticator = TestAuthenticator()
            let options = try await house.api.send(.post, "/v1/me/passkeys/options", token: house.user.access)
            let credential = authenticator.create(options.json, changing: change)
            let refused = try await house.api.send(
                .post, "/v1/me/passkeys", #"{"credential":\#(credential)}"#, token: house.user.access)
            #expect(refused.status.code == 422 && refused.code == "user.passkey-refused")
            #expect(refused.pointers == ["/credential"])
        }
    }

    @Test(arguments: [
        "{}", #"{"credential":{}}"#, #"{"credential":null}"#, #"{"credential":"x"}"#, #"{"credential":[]}"#,
        #"{"credential":{"type":"public-key","id":"a","rawId":"*","clientExtensionResults":{},"response":{}}}"#,
        #"{"credential":{"type":"password","id":"YQ","rawId":"YQ","clientExtensionResults":{},"response":{}}}"#,
    ])
    func `a body of another form is refused where it is wrong`(body: String) async throws {
        try await serve { house in
            for (path, token) in [("/v1/sessions/passkey", nil), ("/v1/me/passkeys", house.user.access)] {
                let answer = try await house.api.send(.post, path, body, token: token)
                #expect(answer.status == .badRequest && answer.code == "platform.invalid-input")
                #expect(answer.pointers.allSatisfy { $0.hasPrefix("/credential") })
            }
        }
    }

    @Test func `a device that is known stays known, and an unknown token makes no device`() async throws {
        try await serve { house in
            let first = try await house.signIn().string("device_token")
            let again = try await house.signIn(headers: [.cookie: "hiroba_device=\(first)"])
            #expect(try again.string("device_token") == first)
            let planted = "hdt_" + Base64URL.encode(Data(repeating: 1, count: 32))
            #expect(try await house.signIn(#","device_token":"\#(planted)""#).string("device_token") != planted)
        }
    }

    @Test func `sign-ins by passkey are limited by network address with all others`() async throws {
        try await serve(TestService(signIns: 3)) { house in
            // One sign-in was made already, and this one takes two calls.
            #expect(try await house.signIn().status == .created)
            for path in ["/v1/sessions/passkey/options", "/v1/sessions/passkey"] {
                let refused = try await house.api.send(.post, path, path.hasSuffix("options") ? nil : "{}")
                #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
            }
        }
    }

    @Test func `a passkey opens no account whose address must be verified and is not`() async throws {
        let service = try await TestService(requiresVerifiedEmail: true)
        try await service.serve { api in
            // As one that was there before that was asked for.
            let user = try await service.accounts.insert(
                .sample(at: service.clock.now), hash: PasswordHash(phc: "$1"))
            let session = SessionOpening.sample(of: user.id)
            #expect(try await service.accounts.open(session))
            let access = try service.keyring.issue(
                to: user, session: session.id, since: service.clock.now, by: [.password], at: service.clock.now
            ).text
            var authenticator = TestAuthenticator()
            let options = try await api.send(.post, "/v1/me/passkeys/options", token: access)
            let added = try await api.send(
                .post, "/v1/me/passkeys", #"{"credential":\#(authenticator.create(options.json))}"#, token: access)
            #expect(added.status == .created)
            let asked = try await api.send(.post, "/v1/sessions/passkey/options")
            let refused = try await api.send(
                .post, "/v1/sessions/passkey", #"{"credential":\#(authenticator.get(asked.json))}"#)
            #expect(refused.status == .forbidden && refused.code == "user.email-not-verified")
        }
    }

    @Test func `a repeat with one key adds one passkey`() async throws {
        let key = try #require(HTTPField.Name("Idempotency-Key"))
        try await serve { house in
            var authenticator = TestAuthenticator()
            let options = try await house.api.send(.post, "/v1/me/passkeys/options", token: house.user.access)
            let body = #"{"credential":\#(authenticator.create(options.json)),"name":"a"}"#
            let answers = [
                try await house.api.send(
                    .post, "/v1/me/passkeys", body, token: house.user.access, headers: [key: "k"]),
                try await house.api.send(
                    .post, "/v1/me/passkeys", body, token: house.user.access, headers: [key: "k"]),
            ]
            #expect(answers.allSatisfy { $0.status == .created })
            #expect(try answers[0].string("id") == answers[1].string("id"))
            let listed = try await house.api.send(.get, "/v1/me/passkeys", token: house.user.access)
            #expect((listed.json["items"] as? [Any])?.count == 2)
        }
    }

    @Test func `a repeat after a lost answer finds the first result`() async throws {
        let key = try #require(HTTPField.Name("Idempotency-Key"))
        try await serve(TestService(losesAnswers: true)) { house in
            var authenticator = TestAuthenticator()
            let options = try await house.api.send(.post, "/v1/me/passkeys/options", token: house.user.access)
            let body = #"{"credential":\#(authenticator.create(options.json)),"name":"a"}"#
            var ids: Set<String> = []
            for _ in 0..<2 {
                let answer = try await house.api.send(
                    .post, "/v1/me/passkeys", body, token: house.user.access, headers: [key: "k"])
                #expect(answer.status == .created)
                ids.insert(try answer.string("id"))
                house.service.clock.advance(by: .seconds(61))
            }
            #expect(ids.count == 1)
        }
    }

    @Test(arguments: ["http://127.0.0.1:8080", "https://192.0.2.1", "http://example.com"])
    func `at an address there are no passkeys, which is no fault of ours`(url: String) async throws {
        try await TestService(publicURL: url).serve { api in
            let user = try await api.newUser()
            for answer in [
                try await api.send(.post, "/v1/me/passkeys/options", token: user.access),
                try await api.send(.post, "/v1/sessions/passkey/options"),
            ] {
                #expect(answer.status == .conflict && answer.code == "user.passkeys-unavailable")
            }
            #expect(try await api.send(.get, "/v1/me/passkeys", token: user.access).status == .ok)
        }
    }

    @Test func `whoever is asked again for who they are can show it`() async throws {
        try await serve { house in
            house.service.clock.advance(by: .seconds(600))
            let access = try await house.api.send(
                .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(house.user.refresh)"}"#
            ).string("access_token")
            let path = "/v1/me/passkeys/\(try house.passkey.string("id"))"
            for answer in [
                try await house.api.send(.post, "/v1/me/passkeys/options", token: access),
                try await house.api.send(.delete, path, token: access),
            ] {
                #expect(answer.status == .unauthorized && answer.code == "user.step-up-required")
                #expect(answer.headers[.wwwAuthenticate]?.contains(#"max_age="600""#) == true)
            }
            let stepped = try await house.api.send(
                .post, "/v1/sessions/step-up", #"{"password":"\#(TestService.password)"}"#, token: access)
            let fresh = try stepped.string("access_token")
            #expect(try await house.api.send(.delete, path, token: fresh).status == .noContent)
        }
    }
}
