public import DomainKit
public import Foundation

/// Where sessions are kept. Every method fails with `unavailable` when the store is away.
public protocol SessionStore: Sendable {
    /// Adds a session; the oldest ones beyond `Session.mostPerUser`, and those that have expired, go.
    ///
    /// Fails: `credentialsWrong`, when the account was erased meanwhile.
    func open(_ session: Session, chain: RefreshChain) async throws

    /// A session with its chain and its user; nil when it has ended.
    func grant(_ id: SessionID) async throws -> SessionGrant?

    /// Puts `next` in the place of `chain` if that is still the session's; false when it is not or the session ended.
    func rotate(_ session: Session, from chain: RefreshChain, to next: RefreshChain) async throws -> Bool

    /// The user's live sessions, the newest first.
    func sessions(of user: UserID, at now: Date, page: PageRequest) async throws -> Page<Session>

    /// False when there is no such session of that user.
    func end(_ id: SessionID, of user: UserID) async throws -> Bool

    /// Ends all sessions of `user` but `kept`.
    func endAll(of user: UserID, except kept: SessionID?) async throws

    /// Ends the session and records why, both or neither.
    func revoke(_ id: SessionID, recording event: SecurityEvent) async throws
}

/// What is needed to give out tokens for a session.
public struct SessionGrant: Sendable {
    public var session: Session
    public var chain: RefreshChain
    public var user: User

    public init(session: Session, chain: RefreshChain, user: User) {
        self.session = session
        self.chain = chain
        self.user = user
    }
}

/// Something the owner of an account, or whoever looks after the platform, should be able to find out later.
public struct SecurityEvent: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case refreshTokenReused = "refresh-token-reused"
    }

    public let id: UUID
    public let kind: Kind
    public let userID: UserID
    public let sessionID: SessionID
    public let at: Date
    public let device: Device

    public init(id: UUID, kind: Kind, userID: UserID, sessionID: SessionID, at: Date, device: Device) {
        self.id = id
        self.kind = kind
        self.userID = userID
        self.sessionID = sessionID
        self.at = at
        self.device = device
    }
}
