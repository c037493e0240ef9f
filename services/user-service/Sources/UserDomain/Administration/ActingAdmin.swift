public import DomainKit

/// Who makes a change, as the token says, and in which request. Whether that is still so, the store asks in the transaction
/// of the change.
public struct ActingAdmin: Sendable, Hashable {
    public let id: UserID
    /// The session the token is of; nil for one of none.
    public let session: SessionID?
    /// The account's, when the token was issued.
    public let epoch: Int64
    public let requestID: String

    public init(id: UserID, session: SessionID?, epoch: Int64, requestID: String) {
        self.id = id
        self.session = session
        self.epoch = epoch
        self.requestID = requestID
    }

    /// - Parameters:
    ///   - account: the admin's own, as it is now; nil when it is gone.
    ///   - hasSession: whether the token's session is still open.
    ///
    /// Fails: `notAnAdmin`; unauthenticated, when the token is void for another reason and a new one would do.
    public func check(_ account: User?, hasSession: Bool) throws(Failure) {
        guard let account, account.isActiveAdmin else { throw .notAnAdmin }
        guard hasSession, epoch >= account.epoch else { throw .tokenVoid }
    }
}
