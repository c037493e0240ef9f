public import DomainKit

/// The port to what is known here of accounts, for what is done for them while they are not asking.
public protocol AccountStandings: Sendable {
    /// Fails: for an account that is banned, as far as is known; `unavailable`, while nothing is known.
    func requireGood(_ user: UserID) throws(Failure)
}
