public import DomainKit
public import Foundation

/// What a secret is known by without being kept: a keyed hash of it and of whose it is.
public typealias ServiceSecretDigest = Data

public protocol ServiceSecrets: Sendable {
    func digest(of secret: ServiceSecret, for client: ServiceClientID) -> ServiceSecretDigest

    /// Whether that is the digest of what `client` claims to be its secret. Takes the same time whatever differs.
    func matches(_ claim: String, for client: String, _ digest: ServiceSecretDigest) -> Bool
}

/// Which services may get tokens. Time is the store's. Every method fails with `unavailable` when the store is away.
public protocol ServiceClients: Sendable {
    /// Nil for a name that is nobody's.
    func client(_ name: String) async throws -> ServiceClient?

    /// Makes these the only ones there are, all of it or nothing. A client's new secret counts at once and its former one
    /// for `overlap` more; an even earlier one does not count any more, nor do those of a client that is left out. Saying
    /// the same again changes nothing.
    func declare(_ clients: [ServiceClientDeclaration], overlap: Duration) async throws
}

/// A client as it is to be.
public struct ServiceClientDeclaration: Sendable, Hashable {
    public let id: ServiceClientID
    public let scopes: Set<ServiceScope>
    public let secret: ServiceSecretDigest

    public init(id: ServiceClientID, scopes: Set<ServiceScope>, secret: ServiceSecretDigest) {
        self.id = id
        self.scopes = scopes
        self.secret = secret
    }
}

/// Signs the access tokens of services.
public protocol ServiceTokens: Sendable {
    /// Fails: unavailable, while there is no key to sign with.
    func issue(to client: ServiceClientID, scopes: [ServiceScope], at now: Date) throws(Failure) -> AccessToken
}
