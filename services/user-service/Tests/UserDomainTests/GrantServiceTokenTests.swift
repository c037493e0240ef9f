import DomainKit
import Foundation
import PlatformTesting
import Synchronization
import Testing
import UserDomain
import UserTestKit

/// Secrets in clear that count how often somebody compares one.
private final class CountedSecrets: ServiceSecrets {
    private let count = Mutex(0)

    var comparisons: Int { count.withLock { $0 } }

    func digest(of secret: ServiceSecret, for client: ServiceClientID) -> ServiceSecretDigest {
        Data("\(client) \(secret.text)".utf8)
    }

    func matches(_ claim: String, for client: String, _ digest: ServiceSecretDigest) -> Bool {
        count.withLock { $0 += 1 }
        return Data("\(client) \(claim)".utf8) == digest
    }
}

private struct PlainServiceTokens: ServiceTokens {
    func issue(to client: ServiceClientID, scopes: [ServiceScope], at now: Date) throws(Failure) -> AccessToken {
        AccessToken(text: "\(client) \(scopes.map(\.rawValue))", life: .seconds(300))
    }
}

@Suite struct GrantServiceTokenTests {
    private static let first = String(repeating: "1", count: 32)
    private static let second = String(repeating: "2", count: 32)

    private let clients = InMemoryServiceClients(clock: TestClock())
    private let secrets = CountedSecrets()

    private func declare(_ secret: String) async throws {
        let id = try #require(ServiceClientID("chat"))
        let digest = secrets.digest(of: try #require(ServiceSecret(secret)), for: id)
        try await clients.declare(
            [ServiceClientDeclaration(id: id, scopes: [.identityEvents, .decide], secret: digest)],
            overlap: .seconds(60))
    }

    private func ask(_ name: String = "chat", _ secret: String = first, scope: String? = nil) async throws -> String {
        let grant = try await GrantServiceToken(clients: clients, secrets: secrets, tokens: PlainServiceTokens())(
            name, secret: secret, scope: scope)
        #expect(grant.access.text == "\(name) \(grant.scopes.map(\.rawValue))")
        return grant.scopes.map(\.rawValue).joined(separator: " ")
    }

    @Test func `a client gets what it asks for, or all it may have`() async throws {
        try await declare(Self.first)
        #expect(try await ask() == "authz:decide identity:events")
        #expect(try await ask(scope: "identity:events") == "identity:events")
        #expect(try await ask(scope: "identity:events authz:decide identity:events") == "authz:decide identity:events")
    }

    @Test(arguments: ["users:read", "identity:events users:read", "", " ", "nonsense", "identity:events,authz:decide"])
    func `what a client may not have is not left out but refused`(scope: String) async throws {
        try await declare(Self.first)
        let failure = await #expect(throws: Failure.self) { try await ask(scope: scope) }
        #expect(failure?.code == "user.service-scope-refused")
    }

    @Test func `two secrets count while one follows the other`() async throws {
        try await declare(Self.first)
        try await declare(Self.second)
        for secret in [Self.first, Self.second] { _ = try await ask("chat", secret) }
    }

    @Test(arguments: [
        ("chat", second), ("chat", ""), ("chat", first + " "), ("nobody", first), ("", first), ("CHAT", first),
    ])
    func `whoever is not known is compared as often as whoever is`(name: String, secret: String) async throws {
        try await declare(Self.first)
        let failure = await #expect(throws: Failure.self) { try await ask(name, secret) }
        #expect(failure?.code == "user.service-client-wrong" && failure?.context == [:])
        #expect(secrets.comparisons == ServiceClient.mostSecrets)
    }

    @Test(arguments: ["", "Chat", "a b", "a:b", "é", String(repeating: "a", count: 65), UUID().lowercased])
    func `a name that could be mistaken is none`(name: String) {
        #expect(ServiceClientID(name) == nil)
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 31), String(repeating: "a", count: 129), first + "+", first + ";",
    ])
    func `a secret that is short, or changes on its way, is none`(secret: String) {
        #expect(ServiceSecret(secret) == nil)
    }
}
