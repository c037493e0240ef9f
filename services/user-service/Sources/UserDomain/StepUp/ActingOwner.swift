public import DomainKit
public import Foundation

/// Who does something to their own account, as the token says, in which request and from where.
public struct ActingOwner: Sendable, Hashable {
    public let id: UserID
    /// The session the token is of; nil for one of none.
    public let session: SessionID?
    /// When its holder showed who they are, as the token says.
    public let authenticatedAt: Date?
    public let requestID: String
    /// What the owner is told of it by.
    public let device: Device

    public init(
        id: UserID, session: SessionID?, authenticatedAt: Date?, requestID: String, device: Device = Device()
    ) {
        self.id = id
        self.session = session
        self.authenticatedAt = authenticatedAt
        self.requestID = requestID
        self.device = device
    }

    public var author: AuditAuthor { AuditAuthor(account: id, requestID: requestID) }
}

/// Lets those pass who showed who they are a short while ago: for what would take an account from its owner.
struct RecentProof<Sessions: SessionStore>: Sendable {
    let sessions: Sessions
    let rules: StepUpRules

    /// Fails: `stepUpNeeded`; `roleWithheld`, where a role of the account counts with two factors alone, those are there
    /// (`hasFactor`), and the session has not shown them; `tokenVoid`; unavailable.
    func check(_ owner: ActingOwner, hasFactor: Bool = false) async throws {
        guard let session = owner.session else { throw rules.isAsked }
        guard let grant = try await sessions.grant(session), grant.user.id == owner.id else { throw Failure.tokenVoid }
        let shown = grant.session.authentication.known(since: owner.authenticatedAt)
        if hasFactor, !grant.user.roles.isDisjoint(with: rules.rolesOfTwoFactors), !shown.methods.isTwoFactors {
            throw Failure.roleWithheld
        }
        try rules.mustBeFresh(shown, at: grant.now)
    }

    /// The session, if it has shown two factors, and a short while ago.
    ///
    /// Fails: `stepUpNeeded`, `tokenVoid`, unavailable.
    func ofTwoFactors(_ owner: ActingOwner) async throws -> SessionID {
        guard let session = owner.session else { throw rules.areAsked }
        guard let grant = try await sessions.grant(session), grant.user.id == owner.id else { throw Failure.tokenVoid }
        let shown = grant.session.authentication.known(since: owner.authenticatedAt)
        guard shown.methods.isTwoFactors else { throw rules.areAsked }
        try rules.mustBeFresh(shown, at: grant.now)
        return session
    }
}

extension StepUpRules {
    /// For a token of no session, in which nothing can be shown.
    fileprivate var isAsked: Failure { .stepUpNeeded(within: freshFor, byTwoFactors: false) }
    /// Two factors, where one was shown or none.
    fileprivate var areAsked: Failure { .stepUpNeeded(within: freshFor, byTwoFactors: true) }
}
