import AuthKit
import Crypto
import DomainKit
import Encodings
import Foundation
import HTTPTypes
import PlatformTesting
import Testing
import UserDomain
import UserStorage
import UserTestKit

/// What is not a token of ours opens no door.
@Suite struct TokenRefusalTests {
    static let guarded: [(HTTPRequest.Method, String)] = [
        (.get, "/v1/me"), (.patch, "/v1/me"), (.delete, "/v1/me"), (.put, "/v1/me/password"), (.get, "/v1/sessions"),
        (.delete, "/v1/sessions"), (.delete, "/v1/sessions/0190f5fe-7c00-7a00-8000-000000000001"),
        (.get, "/v1/users/0190f5fe-7c00-7a00-8000-000000000001"), (.get, "/v1/admin/users"),
        (.get, "/v1/admin/users/0190f5fe-7c00-7a00-8000-000000000001"), (.get, "/v1/admin/audit-events"),
        (.put, "/v1/admin/users/0190f5fe-7c00-7a00-8000-000000000001/ban"),
    ]

    func expectRefusal(_ token: String?, _ api: TestUserClient) async throws {
        let answer = try await api.send(.get, "/v1/me", token: token)
        #expect(answer.status == .unauthorized && answer.code == "platform.unauthenticated")
        #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
    }

    @Test func `every guarded route asks for a token before anything else`() async throws {
        try await TestService().serve { api in
            for (method, path) in Self.guarded {
                let answer = try await api.send(method, path)
                #expect(answer.status == .unauthorized, "\(method) \(path)")
            }
        }
    }

    @Test func `forged, foreign and expired tokens are refused`() async throws {
        let service = try await TestService()
        let foreign = try await TestService()
        let foreignToken = try await foreign.serve { try await $0.newUser().access }
        try await service.serve { api in
            let user = try await api.newUser()
            let parts = user.access.split(separator: ".").map(String.init)
            let header = String(decoding: try #require(Base64URL.decode(parts[0])), as: UTF8.self)
            let none = Base64URL.encode(header.replacing("ES256", with: "none").utf8)
            try await expectRefusal("\(none).\(parts[1]).", api)
            try await expectRefusal("\(none).\(parts[1]).\(parts[2])", api)
            let key = try #require(service.keyring.published().first)
            let hs256 = Base64URL.encode(header.replacing("ES256", with: "HS256").utf8) + "." + parts[1]
            let mac = HMAC<SHA256>.authenticationCode(
                for: Data(hs256.utf8), using: SymmetricKey(data: [4] + key.x + key.y))
            try await expectRefusal("\(hs256).\(Base64URL.encode(mac))", api)
            try await expectRefusal(foreignToken, api)
            try await expectRefusal(user.refresh, api)
            try await expectRefusal("\(parts[0]).\(parts[1])", api)
            try await expectRefusal("", api)
            try await expectRefusal(nil, api)
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .ok)
            service.clock.advance(by: .seconds(606))
            try await expectRefusal(user.access, api)
        }
    }

    @Test func `a wrong method tells the right ones, an unknown path is not found`() async throws {
        try await TestService().serve { api in
            let answer = try await api.send(.post, "/v1/me", "{}")
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow]?.contains("PATCH") == true)
            for path in ["/v1/admin", "/v1/me/mfa", "/v1/me/passkeys/options/x", "/"] {
                #expect(try await api.send(.get, path).status == .notFound)
            }
        }
    }
}
