public import DomainKit
public import Foundation

/// Where sessions are kept. A method is one transition, and all time is the store's: replicas' clocks differ.
///
/// Every method fails with `unavailable` when the store is away.
public protocol SessionStore: Sendable {
    /// Adds a session, if the account's hash, epoch and second factor are still those that were checked; the oldest ones beyond
    /// `Session.mostPerUser`, and those that have expired, go. The owner is told of a device that the account did not know,
    /// but for the first one of an account that is new.
    ///
    /// False when the account is gone or has others.
    func open(_ opening: SessionOpening) async throws -> Bool

    /// A session with its chain and its user; nil when it has ended.
    func grant(_ id: SessionID) async throws -> SessionGrant?

    /// Lets the session live for `life` from now with `step` in the place of `chain`, if that is still the session's; false
    /// when it is not or the session has ended.
    func rotate(
        _ id: SessionID, from chain: RefreshChain, to step: RefreshChain.Step, life: Duration
    ) async throws -> Bool

    /// Notes that whoever uses the session has just shown the account's password. False when the session has ended, the account
    /// has another hash or a second factor, or the session has shown two factors already.
    func showPassword(_ checked: PasswordHash, of user: UserID, in id: SessionID) async throws -> Bool

    /// The user's live sessions, the newest first.
    func sessions(of user: UserID, page: PageRequest) async throws -> Page<Session>

    /// False when there is no such session of that user.
    func end(_ id: SessionID, of user: UserID) async throws -> Bool

    /// Ends all sessions of `user` but `kept`, with a line in the audit trail where there are any.
    func endAll(of user: UserID, except kept: SessionID?, by author: AuditAuthor) async throws

    /// Ends the session, whose refresh token came back from `device`, and tells its owner, both or neither; once, however
    /// many ask for it.
    func revoke(_ id: SessionID, of user: UserID, on device: Device) async throws
}

/// A session that is to be opened.
public struct SessionOpening: Sendable {
    public let id: SessionID
    public let userID: UserID
    public let device: Device
    public let chain: RefreshChain
    public let life: Duration
    /// What the password was checked against; with a passkey, what the account had then.
    public let checked: PasswordHash
    /// The account's, which the session's first token names.
    public let epoch: Int64
    /// A stronger hash of the same password, to be put in its place.
    public let strengthened: PasswordHash?
    /// The device, known to the account from now on; of those not seen longest, only `DeviceToken.mostPerUser` stay known.
    public let mark: DeviceMark
    /// The account's, which was shown; nil where it has none.
    public let secondFactor: SecondFactorID?
    /// What was shown.
    public let methods: Set<AuthenticationMethod>
    /// Which passkey was, if one was.
    public let passkey: PasskeyID?

    public init(
        id: SessionID, userID: UserID, device: Device, chain: RefreshChain, life: Duration, checked: PasswordHash,
        epoch: Int64, strengthened: PasswordHash? = nil, mark: DeviceMark, secondFactor: SecondFactorID? = nil,
        methods: Set<AuthenticationMethod> = [.password], passkey: PasskeyID? = nil
    ) {
        self.id = id
        self.userID = userID
        self.device = device
        self.chain = chain
        self.life = life
        self.checked = checked
        self.epoch = epoch
        self.strengthened = strengthened
        self.mark = mark
        self.secondFactor = secondFactor
        self.methods = methods
        self.passkey = passkey
    }
}

/// What is needed to give out tokens for a session.
public struct SessionGrant: Sendable {
    public var session: Session
    public var chain: RefreshChain
    public var user: User
    /// The store's time at which all this was so.
    public var now: Date

    public init(session: Session, chain: RefreshChain, user: User, now: Date) {
        self.session = session
        self.chain = chain
        self.user = user
        self.now = now
    }
}
