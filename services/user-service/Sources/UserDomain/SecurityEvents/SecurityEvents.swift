public import DomainKit

/// Where it is kept what owners are told of. It is written with what it tells of, by the stores that do that.
public protocol SecurityEvents: Sendable {
    /// The account's, the newest first; those of kinds of a later version are left out. Fails: `invalidCursor`, unavailable.
    func securityEvents(of user: UserID, page: PageRequest) async throws -> Page<SecurityEvent>
}
