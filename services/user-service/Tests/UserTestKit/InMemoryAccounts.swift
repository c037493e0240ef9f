public import DomainKit
public import Foundation
import Synchronization
public import UserDomain

/// Accounts and sessions in memory, with the store's promises: both ports over one state, as in the database.
public final class InMemoryAccounts: UserStore, SessionStore {
    private struct Row {
        var session: Session
        var chain: RefreshChain
    }

    private struct State {
        var accounts: [UserID: Credentials] = [:]
        var sessions: [SessionID: Row] = [:]
        var events: [SecurityEvent] = []
        var outage: Failure?
    }

    private let state = Mutex(State())

    public init() {}

    /// Lets every call fail with `failure` until it is taken back.
    public func setOutage(_ failure: Failure?) {
        state.withLock { $0.outage = failure }
    }

    public var securityEvents: [SecurityEvent] { state.withLock { $0.events } }

    private func run<Value: Sendable>(_ body: (inout State) throws -> Value) throws -> Value {
        try state.withLock { state in
            if let outage = state.outage { throw outage }
            return try body(&state)
        }
    }

    // MARK: UserStore

    public func insert(_ user: User, hash: PasswordHash) async throws {
        try run { state in
            guard !state.accounts.values.contains(where: { $0.user.email == user.email }) else {
                throw Failure.emailTaken
            }
            state.accounts[user.id] = Credentials(user: user, hash: hash)
        }
    }

    public func user(_ id: UserID) async throws -> User? {
        try run { $0.accounts[id]?.user }
    }

    public func credentials(of email: EmailAddress) async throws -> Credentials? {
        try run { $0.accounts.values.first { $0.user.email == email } }
    }

    public func credentials(of id: UserID) async throws -> Credentials? {
        try run { $0.accounts[id] }
    }

    public func update(_ user: User, ifVersion version: Int) async throws -> Bool {
        try run { state in
            guard state.accounts[user.id]?.user.version == version else { return false }
            state.accounts[user.id]?.user = user
            return true
        }
    }

    public func replaceHash(of id: UserID, from old: PasswordHash, to new: PasswordHash) async throws -> Bool {
        try run { state in
            guard state.accounts[id]?.hash == old else { return false }
            state.accounts[id]?.hash = new
            return true
        }
    }

    public func erase(_ id: UserID, ifVersion version: Int) async throws -> Bool {
        try run { state in
            guard state.accounts[id]?.user.version == version else { return false }
            state.accounts[id] = nil
            state.sessions = state.sessions.filter { $0.value.session.userID != id }
            state.events.removeAll { $0.userID == id }
            return true
        }
    }

    // MARK: SessionStore

    public func open(_ session: Session, chain: RefreshChain) async throws {
        try run { state in
            guard state.accounts[session.userID] != nil else { throw Failure.credentialsWrong }
            let own = state.sessions.values.map(\.session).filter { $0.userID == session.userID }
            let kept = own.filter { $0.expiresAt > session.createdAt }.sorted { $0.id > $1.id }
                .prefix(Session.mostPerUser - 1)
            for old in Set(own).subtracting(kept) { state.sessions[old.id] = nil }
            state.sessions[session.id] = Row(session: session, chain: chain)
        }
    }

    public func grant(_ id: SessionID) async throws -> SessionGrant? {
        try run { state in
            guard let row = state.sessions[id], let account = state.accounts[row.session.userID] else { return nil }
            return SessionGrant(session: row.session, chain: row.chain, user: account.user)
        }
    }

    public func rotate(_ session: Session, from chain: RefreshChain, to next: RefreshChain) async throws -> Bool {
        try run { state in
            guard let row = state.sessions[session.id], row.chain.generation == chain.generation,
                row.chain.digest == chain.digest
            else { return false }
            state.sessions[session.id] = Row(session: session, chain: next)
            return true
        }
    }

    public func sessions(of user: UserID, at now: Date, page: PageRequest) async throws -> Page<Session> {
        try run { state in
            let own = state.sessions.values.map(\.session).filter { $0.userID == user && $0.expiresAt > now }
                .sorted { $0.id > $1.id }
            let after = try page.after.map { try SessionCursor($0).id }
            let rest = own.filter { session in after.map { session.id < $0 } ?? true }
            return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) { SessionCursor($0.id).cursor }
        }
    }

    public func end(_ id: SessionID, of user: UserID) async throws -> Bool {
        try run { state in
            guard state.sessions[id]?.session.userID == user else { return false }
            state.sessions[id] = nil
            return true
        }
    }

    public func endAll(of user: UserID, except kept: SessionID?) async throws {
        try run { state in
            state.sessions = state.sessions.filter { $0.value.session.userID != user || $0.key == kept }
        }
    }

    public func revoke(_ id: SessionID, recording event: SecurityEvent) async throws {
        try run { state in
            state.sessions[id] = nil
            state.events.append(event)
        }
    }
}
