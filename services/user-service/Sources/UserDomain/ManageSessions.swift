public import DomainKit

/// What people do with their own sessions: see them, end one, end all others.
///
/// An ended session gives no more tokens from the moment the call returns.
public struct ManageSessions<Sessions: SessionStore>: Sendable {
    private let sessions: Sessions

    public init(sessions: Sessions) {
        self.sessions = sessions
    }

    public func list(of user: UserID, page: PageRequest) async throws -> Page<Session> {
        try await sessions.sessions(of: user, page: page)
    }

    /// Fails: `sessionNotFound`, for another's session too.
    public func end(_ id: SessionID, of user: UserID) async throws {
        guard try await sessions.end(id, of: user) else { throw Failure.sessionNotFound }
    }

    public func endOthers(of user: UserID, than current: SessionID?, requestID: String? = nil) async throws {
        try await sessions.endAll(
            of: user, except: current, by: AuditAuthor(account: user, requestID: requestID))
    }
}
