public import DomainKit
public import Foundation
public import IdentityEvents
import Synchronization
public import UserDomain
import WebAuthn

/// Accounts and sessions in memory, with the store's promises: both ports over one state, as in the database, and the feed
/// of what voids tokens. Its time is `clock`'s. A ban or membership that ends by time is over then, and not told of.
public final class InMemoryAccounts: UserStore, SessionStore, IdentityFeed {
    struct Row {
        var session: Session
        var chain: RefreshChain
    }

    struct Known {
        var user: UserID
        var seenAt: Date
    }

    struct State {
        var accounts: [UserID: Credentials] = [:]
        var sessions: [SessionID: Row] = [:]
        var devices: [DeviceMark: Known] = [:]
        var factors: [UserID: KeptSecondFactor] = [:]
        var steps: [Data: KeptStep] = [:]
        var passkeys: [PasskeyID: KeptPasskey] = [:]
        var challenges: [PasskeyChallenge: KeptChallenge] = [:]
        var shownPasskeys: [SessionID: PasskeyID] = [:]
        var events: [SecurityEvent] = []
        var audit: [AuditRecord] = []
        var told: [IdentityEvent] = []
        var deliveries: [DeliveryKey: KeptDelivery] = [:]
        var reported: [UserID: [PaymentSource: Date]] = [:]
        var pending: [UserID: Date] = [:]
        var erasures: [Erasure] = []
        var listeners: [@Sendable (IdentityEvent) -> Void] = []
        var outage: Failure?
        var mails: [PostedMail] = []
        var turns: [Data: Date] = [:]
        var tokens: [TokenKey: KeptToken] = [:]
        var changes: [UserID: KeptChange] = [:]

        mutating func tell(
            _ kind: IdentityEvent.Kind, _ user: UserID, session: SessionID? = nil, epoch: Int64, at now: Date
        ) {
            let event = IdentityEvent(
                seq: Int64(told.count + 1), tag: UUID().lowercased, kind: kind, userID: user.uuid,
                sessionID: session?.uuid, epoch: epoch, at: now)
            told.append(event)
            for listener in listeners { listener(event) }
        }

        /// Ends the sessions of `user` that `isMeant` is true of, and tells of each; true when there were any.
        @discardableResult
        mutating func end(
            of user: UserID, epoch: Int64? = nil, at now: Date, where isMeant: (Session) -> Bool
        ) -> Bool {
            let ended = sessions.values.map(\.session).filter { $0.userID == user && isMeant($0) }
                .sorted { $0.id < $1.id }
            let epoch = epoch ?? accounts[user]?.user.epoch ?? 0
            for session in ended {
                sessions[session.id] = nil
                if session.expiresAt > now { tell(.sessionEnded, user, session: session.id, epoch: epoch, at: now) }
            }
            return !ended.isEmpty
        }

        /// Raises the account's epoch, which takes its sessions along, and tells of it.
        mutating func reset(_ account: inout Credentials, _ kind: IdentityEvent.Kind, at now: Date) {
            let id = account.user.id
            account.user.epoch += 1
            sessions = sessions.filter { $0.value.session.userID != id }
            tell(kind, id, epoch: account.user.epoch, at: now)
        }

        func isAsChecked(_ opening: SessionOpening) -> Bool {
            guard let account = accounts[opening.userID] else { return false }
            return account.hash == opening.checked && account.user.epoch == opening.epoch
                && account.secondFactor == opening.secondFactor
        }

        /// The session, with its device; the oldest ones beyond what an account may have go.
        mutating func add(_ opening: SessionOpening, at now: Date) {
            let own = sessions.values.map(\.session).filter { $0.userID == opening.userID }
            let kept = own.filter { $0.expiresAt > now }.sorted { $0.id > $1.id }.prefix(Session.mostPerUser - 1)
            end(of: opening.userID, at: now) { !kept.contains($0) }
            let session = Session(
                id: opening.id, userID: opening.userID, createdAt: now, lastUsedAt: now,
                expiresAt: now.addingTimeInterval(opening.life / .seconds(1)), device: opening.device,
                methods: opening.methods, authenticatedAt: now)
            sessions[opening.id] = Row(session: session, chain: opening.chain)
            shownPasskeys[opening.id] = opening.passkey
            if let user = accounts[opening.userID]?.user, devices[opening.mark] == nil,
                devices.values.contains(where: { $0.user == user.id }) || user.createdAt + 86_400 <= now
            {
                notice(.newDevice, of: user, session: opening.id, device: opening.device, at: now)
            }
            let known = devices.filter { $0.value.user == opening.userID && $0.key != opening.mark }
                .sorted { $0.value.seenAt > $1.value.seenAt }
            for old in known.dropFirst(DeviceToken.mostPerUser - 1) { devices[old.key] = nil }
            devices[opening.mark] = Known(user: opening.userID, seenAt: now)
        }

        func isOpen(_ id: SessionID, of user: UserID, at now: Date) -> Bool {
            sessions[id].map { $0.session.userID == user && $0.session.expiresAt > now } ?? false
        }

        mutating func show(_ method: AuthenticationMethod, in id: SessionID, at now: Date) {
            sessions[id]?.session.methods.insert(method)
            sessions[id]?.session.authenticatedAt = now
        }

        /// The account with what is in force of its ban and membership.
        func credentials(of id: UserID, at now: Date) -> Credentials? {
            guard var found = accounts[id] else { return nil }
            found.user = found.user.asOf(now)
            return found
        }
    }

    private let state = Mutex(State())
    let clock: any WallClock

    public init(clock: any WallClock = SystemWallClock()) {
        self.clock = clock
    }

    /// Lets every call fail with `failure` until it is taken back.
    public func setOutage(_ failure: Failure?) {
        state.withLock { $0.outage = failure }
    }

    /// All there are, the oldest first.
    public var securityEvents: [SecurityEvent] { state.withLock { $0.events } }

    func run<Value: Sendable>(_ body: (inout State) throws -> Value) throws -> Value {
        try state.withLock { state in
            if let outage = state.outage { throw outage }
            return try body(&state)
        }
    }

    // MARK: UserStore

    public func insert(
        _ user: User, hash: PasswordHash, mail: AskedMail?, by author: AuditAuthor
    ) async throws -> User {
        try run { [now = clock.now] state in
            if let first = state.accounts[user.id] { return first.user }
            guard !state.accounts.values.contains(where: { user.email.forms.contains($0.user.email.description) })
            else { throw Failure.emailTaken }
            state.accounts[user.id] = Credentials(user: user, hash: hash)
            state.note(.signedUp, of: user.id, by: author, at: now)
            if let mail { state.post(mail, to: user, at: now) }
            return user
        }
    }

    public func user(_ id: UserID) async throws -> User? {
        try run { [now = clock.now] in $0.credentials(of: id, at: now)?.user }
    }

    public func credentials(of email: EmailAddress, device: DeviceMark?) async throws -> Credentials? {
        try run { [now = clock.now] state in
            for form in email.forms {
                guard var found = state.accounts.values.first(where: { $0.user.email.description == form }) else {
                    continue
                }
                found.user = found.user.asOf(now)
                let known = device.flatMap { state.devices[$0] }
                found.isDeviceKnown = known?.user == found.user.id
                return found
            }
            return nil
        }
    }

    public func credentials(of id: UserID) async throws -> Credentials? {
        try run { [now = clock.now] in $0.credentials(of: id, at: now) }
    }

    public func rename(
        _ id: UserID, to name: DisplayName, at now: Date, ifVersion version: Int
    ) async throws -> AccountChange {
        try change(id, ifSo: { $0.user.version == version }) { account, _ in
            account.user.displayName = name
            account.user.version += 1
            account.user.updatedAt = now
        }
    }

    public func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?, by author: AuditAuthor,
        on device: Device
    ) async throws -> AccountChange {
        try change(id, ifSo: { $0.hash == old }) { [now = clock.now] account, state in
            account.hash = new
            state.note(.passwordChanged, of: id, by: author, at: now)
            state.notice(.passwordChanged, of: account.user, session: kept, device: device, at: now)
            state.forgetResets(of: id)
            guard let kept else { return state.reset(&account, .passwordReset, at: now) }
            state.end(of: id, epoch: account.user.epoch, at: now) { $0.id != kept }
        }
    }

    public func appointAdmin(_ known: Credentials, newHash: PasswordHash?, at time: Date) async throws -> AccountChange
    {
        try change(
            known.user.id, ifSo: { $0.hash == known.hash && $0.user.version == known.user.version }
        ) { [now = clock.now] account, state in
            let isNew = account.user.roles.insert(.admin).inserted
            if isNew {
                try state.write(
                    .roles(account.user.roles), from: known.user, to: account.user, by: AuditAuthor(actor: .operator),
                    at: time)
            }
            account.user.version += 1
            account.user.updatedAt = time
            if let newHash {
                account.hash = newHash
                state.notice(.passwordChanged, of: account.user, at: now)
                state.forgetResets(of: account.user.id)
                state.reset(&account, .passwordReset, at: time)
            } else if isNew {
                account.user.epoch += 1
                state.tell(.rolesChanged, account.user.id, epoch: account.user.epoch, at: time)
            }
        }
    }

    public func erase(_ id: UserID, ifVersion version: Int, by author: AuditAuthor) async throws -> AccountChange {
        try run { [now = clock.now] state in
            guard let known = state.accounts[id] else { return .gone }
            guard known.user.version == version else { return .stale }
            if known.user.roles.contains(.admin) { try state.mustKeepAnAdmin(but: id, at: now) }
            state.erase(id, by: author, at: now)
            return .made(known.user.asOf(now))
        }
    }

    private func change(
        _ id: UserID, ifSo isExpected: (Credentials) -> Bool, _ make: (inout Credentials, inout State) throws -> Void
    ) throws -> AccountChange {
        try state.withLock { state in
            if let outage = state.outage { throw outage }
            guard var account = state.accounts[id] else { return .gone }
            guard isExpected(account) else { return .stale }
            try make(&account, &state)
            state.accounts[id] = account
            return .made(account.user.asOf(clock.now))
        }
    }

    // MARK: Standings

    /// Bans the account, or lifts its ban.
    public func setBan(_ ban: Ban?, of id: UserID) {
        void(id, ban == nil ? .banLifted : .banned) { $0.ban = ban }
    }

    public func setMembership(_ membership: Membership?, of id: UserID) {
        void(id, .membershipChanged) { $0.membership = membership }
    }

    private func void(_ id: UserID, _ kind: IdentityEvent.Kind, _ change: (inout User) -> Void) {
        state.withLock { [now = clock.now] state in
            guard var user = state.accounts[id]?.user else { return }
            change(&user)
            user.epoch += 1
            state.accounts[id]?.user = user
            state.tell(kind, id, epoch: user.epoch, at: now)
        }
    }

    // MARK: IdentityFeed

    public func events(after position: IdentityPosition?) async throws -> IdentityPage {
        try run { state in
            let isKnown = state.told.contains { $0.position == position }
            let events = state.told.filter { !isKnown || $0.seq > position?.seq ?? 0 }
            return IdentityPage(events: events, next: state.told.last?.position ?? .beginning)
        }
    }

    /// Calls `body` for every event from now on. It must not call back.
    public func observe(_ body: @escaping @Sendable (IdentityEvent) -> Void) {
        state.withLock { $0.listeners.append(body) }
    }

    // MARK: SessionStore

    public func open(_ opening: SessionOpening) async throws -> Bool {
        let now = clock.now
        return try run { state in
            guard state.isAsChecked(opening), state.mayOpen(opening.userID, at: now) else { return false }
            if let strengthened = opening.strengthened { state.accounts[opening.userID]?.hash = strengthened }
            state.add(opening, at: now)
            return true
        }
    }

    public func grant(_ id: SessionID) async throws -> SessionGrant? {
        let now = clock.now
        return try run { state in
            guard let row = state.sessions[id], row.session.expiresAt > now,
                let account = state.credentials(of: row.session.userID, at: now)
            else { return nil }
            return SessionGrant(session: row.session, chain: row.chain, user: account.user, now: now)
        }
    }

    public func rotate(
        _ id: SessionID, from chain: RefreshChain, to step: RefreshChain.Step, life: Duration
    ) async throws -> Bool {
        let now = clock.now
        return try run { state in
            guard var row = state.sessions[id], row.session.expiresAt > now,
                row.chain.generation == chain.generation, row.chain.digest == chain.digest
            else { return false }
            row.session.lastUsedAt = now
            row.session.expiresAt = now.addingTimeInterval(life / .seconds(1))
            row.chain = step.chain(spentAt: now)
            state.sessions[id] = row
            return true
        }
    }

    public func showPassword(_ checked: PasswordHash, of user: UserID, in id: SessionID) async throws -> Bool {
        try run { [now = clock.now] state in
            guard let account = state.accounts[user], account.hash == checked, account.secondFactor == nil,
                state.isOpen(id, of: user, at: now), state.sessions[id]?.session.methods.isTwoFactors == false
            else { return false }
            state.show(.password, in: id, at: now)
            return true
        }
    }

    public func sessions(of user: UserID, page: PageRequest) async throws -> Page<Session> {
        let now = clock.now
        return try run { state in
            let own = state.sessions.values.map(\.session).filter { $0.userID == user && $0.expiresAt > now }
                .sorted { $0.id > $1.id }
            let after = try page.after.map { try SessionCursor($0).id }
            let rest = own.filter { session in after.map { session.id < $0 } ?? true }
            return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) { SessionCursor($0.id).cursor }
        }
    }

    public func end(_ id: SessionID, of user: UserID) async throws -> Bool {
        try run { [now = clock.now] in $0.end(of: user, at: now) { $0.id == id } }
    }

    public func endAll(of user: UserID, except kept: SessionID?, by author: AuditAuthor) async throws {
        try run { [now = clock.now] state in
            guard state.end(of: user, at: now, where: { $0.id != kept }) else { return }
            state.note(.sessionsEnded, of: user, by: author, at: now)
        }
    }

    public func revoke(_ id: SessionID, of user: UserID, on device: Device) async throws {
        try run { [now = clock.now] state in
            guard state.end(of: user, at: now, where: { $0.id == id }), let account = state.accounts[user]?.user else {
                return
            }
            state.notice(.refreshTokenReused, of: account, session: id, device: device, at: now)
        }
    }
}

extension User {
    fileprivate func asOf(_ now: Date) -> User {
        var user = self
        if let until = ban?.until, until <= now { user.ban = nil }
        user.tier = membership.flatMap { $0.isInForce(at: now) ? $0.tier : nil } ?? Membership.freeTier
        return user
    }
}
