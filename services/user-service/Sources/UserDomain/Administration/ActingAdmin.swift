public import DomainKit
public import Foundation

/// Who makes a change, as the token says, and in which request. Whether that is still so, the store asks in the transaction
/// of the change.
public struct ActingAdmin: Sendable, Hashable {
    public let id: UserID
    /// The session the token is of; nil for one of none.
    public let session: SessionID?
    /// The account's, when the token was issued.
    public let epoch: Int64
    /// When its holder showed who they are, as the token says.
    public let authenticatedAt: Date?
    public let requestID: String
    /// What is asked of admins beside the role.
    public let rules: StepUpRules

    public init(
        id: UserID, session: SessionID?, epoch: Int64, authenticatedAt: Date? = nil, requestID: String,
        rules: StepUpRules = StepUpRules()
    ) {
        self.id = id
        self.session = session
        self.epoch = epoch
        self.authenticatedAt = authenticatedAt
        self.requestID = requestID
        self.rules = rules
    }

    /// - Parameters:
    ///   - account: the admin's own, as it is now; nil when it is gone.
    ///   - shown: what was shown in the token's session; nil when that is open no more.
    ///   - now: the store's time.
    ///
    /// Fails: `notAnAdmin`; unauthenticated, when the token is void for another reason and a new one would do; `roleWithheld` and
    /// `stepUpNeeded`, where admins count with two factors alone.
    public func check(
        _ account: User?, shown: Authentication?, for ruling: Ruling, at now: Date
    ) throws(Failure) {
        guard let account, account.isActiveAdmin else { throw .notAnAdmin }
        guard session == nil || shown != nil, epoch >= account.epoch else { throw .tokenVoid }
        guard rules.rolesOfTwoFactors.contains(.admin) else { return }
        guard let shown, shown.methods.isTwoFactors else { throw .roleWithheld }
        if ruling.needsRecentProof { try rules.mustBeFresh(shown.known(since: authenticatedAt), at: now) }
    }
}
