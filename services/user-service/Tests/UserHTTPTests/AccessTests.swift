import DomainKit
import Encodings
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import ServiceKit
import Testing
import UserDomain
import UserHTTP
import UserStorage
import UserTestKit

@testable import UserServer

/// Who may call what: as declared, as documented, as it is.
@Suite struct AccessTests {
    @Test func `the published table is what the program prints`() async throws {
        let config = try Settings.load(
            UserConfig.self, from: SettingsSource(environment: ["KEY_ENCRYPTION_KEY": UserConfigTests.key])
        ).configuration
        let logger = Logger(label: "test")
        let host = try UserWiring(config, logger: logger).host(
            Boot(service: UserServer.name, version: "test", logger: logger))
        #expect(try host.table.text == AccessTable.published(of: "user"))
    }

    @Test func `the document says of every route who may call it`() async throws {
        let document = try OpenAPIDocument(yaml: UserSpecification.bytes)
        #expect(try await document.findings(comparedWith: TestService().table) == [])
    }

    @Test func `every caller comes as far as the table says, on every route`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let walk = AccessWalk(service.table, callers: try await callers(service, api))
            #expect(try await walk.findings(api.client) == [])
        }
    }

    private func callers(_ house: TestService, _ api: TestUserClient) async throws -> [AccessWalk.Caller] {
        let account = try await api.newUser()
        let foreign = try await TestService().serve { try await $0.newUser().access }
        let service = try await api.grant("grant_type=client_credentials&scope=identity:events").string("access_token")
        let other = try await api.grant("grant_type=client_credentials&scope=authz:decide").string("access_token")
        let exporter = try await api.grant(basic: "\(TestService.exporter):\(TestService.serviceSecret)")
        let parts = account.access.split(separator: ".")
        let unsigned = Base64URL.encode(#"{"alg":"none","typ":"at+jwt","kid":"1"}"#.utf8) + ".\(parts[1])."
        let now = house.clock.now
        func bearer(_ roles: Set<Role>, at time: Date) throws -> String {
            let user = User(
                id: try #require(UserID(account.user)), email: try EmailAddress(account.email),
                displayName: try DisplayName("a"), roles: roles, createdAt: now, updatedAt: now)
            return "Bearer "
                + (try house.keyring.issue(
                    to: user, session: #require(SessionID(account.session)), since: time, at: time
                ).text)
        }
        return [
            .init("nobody", authorization: nil, roles: nil),
            .init("nonsense", authorization: "Bearer x", roles: nil),
            .init("forged", authorization: "Bearer \(unsigned)", roles: nil),
            .init("foreign", authorization: "Bearer \(foreign)", roles: nil),
            .init("expired", authorization: try bearer([.admin], at: now - 3_600), roles: nil),
            .init("no role", authorization: try bearer([], at: now), roles: []),
            .init(service: "follower", authorization: "Bearer \(service)", scopes: ["identity:events"]),
            .init(
                service: "exporter", authorization: "Bearer \(try exporter.string("access_token"))",
                scopes: ["users:read"]),
            .init(service: "asker", authorization: "Bearer \(other)", scopes: ["authz:decide"]),
        ] + (try Role.allCases.map { .init($0.rawValue, authorization: try bearer([$0], at: now), roles: [$0]) })
    }
}
