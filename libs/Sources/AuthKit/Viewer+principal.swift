public import DomainKit

extension Viewer {
    /// What a domain may know of who is calling.
    public init(_ principal: Principal) {
        self.init(
            id: UserID(principal.userID), roles: principal.roles, tier: principal.tier, expiresAt: principal.expiresAt,
            sessionID: principal.sessionID, epoch: principal.epoch)
    }
}

extension CallerContext {
    /// Whom something is shown. Fails: unauthenticated.
    public func viewer() throws(Failure) -> Viewer { Viewer(try caller()) }

    /// Whose it is that something is done to. Fails: unauthenticated.
    public func userID() throws(Failure) -> UserID { UserID(try caller().userID) }
}
