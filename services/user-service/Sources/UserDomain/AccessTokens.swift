public import DomainKit
public import Foundation

/// Signs access tokens.
public protocol AccessTokens: Sendable {
    /// - Parameters:
    ///   - since: when the session's user showed who they are.
    ///   - methods: by what.
    ///
    /// Fails: unavailable, while there is no key to sign with.
    func issue(
        to user: User, session: SessionID, since: Date, by methods: Set<AuthenticationMethod>, at now: Date
    ) throws(Failure) -> AccessToken
}

public struct AccessToken: Sendable, Hashable {
    public let text: String
    public let life: Duration

    public init(text: String, life: Duration) {
        self.text = text
        self.life = life
    }
}
