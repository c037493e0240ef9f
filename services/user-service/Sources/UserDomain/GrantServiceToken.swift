import DomainKit
import Foundation

/// Gives a service an access token of its own for its secret (RFC 6749 §4.4).
public struct GrantServiceToken: Sendable {
    private let clients: any ServiceClients
    private let secrets: any ServiceSecrets
    private let tokens: any ServiceTokens

    public init(clients: any ServiceClients, secrets: any ServiceSecrets, tokens: any ServiceTokens) {
        self.clients = clients
        self.secrets = secrets
        self.tokens = tokens
    }

    /// A name that is nobody's is refused as a wrong secret is, after the same time.
    ///
    /// - Parameter scope: what the token is to be good for, separated by spaces; without it, all the client may have.
    ///
    /// Fails: `serviceClientWrong`, `serviceScopeRefused`, unavailable.
    public func callAsFunction(_ name: String, secret: String, scope: String?) async throws -> ServiceGrant {
        let client = try await clients.client(name)
        guard let client, isRight(secret, of: name, client.secrets) else {
            if client == nil { _ = isRight(secret, of: name, []) }
            throw Failure.serviceClientWrong
        }
        let scopes = try granted(scope, of: client)
        return ServiceGrant(access: try tokens.issue(to: client.id, scopes: scopes, at: client.now), scopes: scopes)
    }

    /// Compares with as many digests as there can be, whether they are there or not.
    private func isRight(_ secret: String, of name: String, _ digests: [ServiceSecretDigest]) -> Bool {
        let nobodys = ServiceSecretDigest(count: 32)
        var isRight = false
        for index in 0..<ServiceClient.mostSecrets {
            let digest = index < digests.count ? digests[index] : nobodys
            let matches = secrets.matches(secret, for: name, digest)
            isRight = (matches && index < digests.count) || isRight
        }
        return isRight
    }

    private func granted(_ scope: String?, of client: ServiceClient) throws(Failure) -> [ServiceScope] {
        let all = client.scopes.sorted { $0.rawValue < $1.rawValue }
        guard let scope else { return all }
        let names = Set(scope.split(separator: " ").map(String.init))
        let scopes = all.filter { names.contains($0.rawValue) }
        // A token without what was asked for would be of no use, and one without anything of none at all.
        guard scopes.count == names.count, !scopes.isEmpty else { throw Failure.serviceScopeRefused }
        return scopes
    }
}

/// A token and what it is good for.
public struct ServiceGrant: Sendable, Hashable {
    public let access: AccessToken
    public let scopes: [ServiceScope]
}
