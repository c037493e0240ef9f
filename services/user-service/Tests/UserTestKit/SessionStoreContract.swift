import DomainKit
import Foundation
public import UserDomain

/// What every `SessionStore` promises.
public struct SessionStoreContract: Sendable {
    let users: any UserStore
    let sessions: any SessionStore

    public init(_ store: some UserStore & SessionStore) {
        users = store
        sessions = store
    }

    private func user() async throws -> User {
        let user = try User.sample()
        try await users.insert(user, hash: PasswordHash(phc: "$1"))
        return user
    }

    public func grantsWhatWasOpened() async throws {
        let user = try await user()
        let session = Session.sample(of: user.id)
        let chain = RefreshChain.sample()
        try await sessions.open(session, chain: chain)
        let grant = try await sessions.grant(session.id)
        try promise(grant?.session == session, "a session is read as it was written")
        try promise(grant?.chain == chain, "with its chain")
        try promise(grant?.user == user, "and its user")
        try promise(await sessions.grant(Session.sample(of: user.id).id) == nil, "an unknown one is not")
        try await promise("user.credentials-wrong", "a session of nobody is refused") {
            try await sessions.open(.sample(of: UserID(UUID())), chain: .sample())
        }
    }

    public func rotatesAChainOnce() async throws {
        let user = try await user()
        var session = Session.sample(of: user.id)
        let first = RefreshChain.sample()
        try await sessions.open(session, chain: first)
        session.lastUsedAt += 60
        session.expiresAt += 60
        let second = RefreshChain.sample(1, spentAt: [session.lastUsedAt])
        try promise(await sessions.rotate(session, from: first, to: second), "the present chain is replaced")
        try promise(await !sessions.rotate(session, from: first, to: .sample(1)), "a former one is not")
        let grant = try await sessions.grant(session.id)
        try promise(grant?.chain == second && grant?.session == session, "and the first to come stays")
        let sameGeneration = RefreshChain.sample(1)
        try promise(
            await !sessions.rotate(session, from: sameGeneration, to: .sample(2)), "nor one of another secret")
    }

    public func letsOneOfManyRotate() async throws {
        let user = try await user()
        let session = Session.sample(of: user.id)
        let first = RefreshChain.sample()
        try await sessions.open(session, chain: first)
        let won = try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { try await sessions.rotate(session, from: first, to: .sample(1)) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(won == 1, "one of fifty rotations wins, not \(won)")
    }

    public func listsTheNewestFirst() async throws {
        let (user, other) = (try await user(), try await user())
        var opened: [SessionID] = []
        for id in UUID.ascending(7) {
            let session = Session.sample(of: user.id, id: id)
            try await sessions.open(session, chain: .sample())
            opened.insert(session.id, at: 0)
        }
        try await sessions.open(.sample(of: other.id), chain: .sample())
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let first = try await sessions.sessions(of: user.id, at: now, page: PageRequest(limit: 3))
        try promise(first.items.map(\.id) == Array(opened[0..<3]) && first.next != nil, "the first page has the newest")
        _ = try await sessions.end(opened[2], of: user.id)
        let second = try await sessions.sessions(of: user.id, at: now, page: PageRequest(limit: 3, after: first.next))
        try promise(second.items.map(\.id) == Array(opened[3..<6]), "the second goes on though the last one ended")
        let third = try await sessions.sessions(of: user.id, at: now, page: PageRequest(limit: 3, after: second.next))
        try promise(third.items.map(\.id) == [opened[6]] && third.next == nil, "the last page says so")
        let later = try await sessions.sessions(of: user.id, at: now + 3_600, page: PageRequest())
        try promise(later.items.isEmpty, "what has expired is not listed")
        try await promise("platform.invalid-input", "a foreign cursor is refused") {
            _ = try await sessions.sessions(of: user.id, at: now, page: PageRequest(after: Cursor(["1", "2"])))
        }
    }

    public func endsOnlyTheOwnersSessions() async throws {
        let (user, other) = (try await user(), try await user())
        let (mine, kept, theirs) = (
            Session.sample(of: user.id), Session.sample(of: user.id), Session.sample(of: other.id)
        )
        for session in [mine, kept, theirs] { try await sessions.open(session, chain: .sample()) }
        try promise(await !sessions.end(theirs.id, of: user.id), "another's session is not found")
        try promise(await sessions.end(mine.id, of: user.id), "the own one is ended")
        try promise(await !sessions.end(mine.id, of: user.id), "once")
        try promise(await sessions.grant(mine.id) == nil, "and grants no more")
        try await sessions.open(.sample(of: user.id), chain: .sample())
        try await sessions.endAll(of: user.id, except: kept.id)
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let left = try await sessions.sessions(of: user.id, at: now, page: PageRequest())
        try promise(left.items.map(\.id) == [kept.id], "all others end, this one stays")
        try promise(await sessions.grant(theirs.id) != nil, "and other people's stay")
        try await sessions.endAll(of: user.id, except: nil)
        try promise(await sessions.grant(kept.id) == nil, "without an exception all end")
    }

    public func boundsTheSessionsOfAUser() async throws {
        let user = try await user()
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let ids = UUID.ascending(Session.mostPerUser + 2)
        let expired = Session.sample(of: user.id, at: start - 7_200, id: ids[0])
        try await sessions.open(expired, chain: .sample())
        for id in ids.dropFirst() {
            try await sessions.open(.sample(of: user.id, at: start, id: id), chain: .sample())
        }
        try promise(await sessions.grant(expired.id) == nil, "the expired one is gone")
        try promise(await sessions.grant(SessionID(ids[1])) == nil, "the oldest is gone")
        let page = try await sessions.sessions(of: user.id, at: start, page: PageRequest(limit: 100))
        try promise(page.items.count == Session.mostPerUser && page.next == nil, "the newest are there")
    }

    public func revokesAndRecords() async throws {
        let user = try await user()
        let session = Session.sample(of: user.id)
        try await sessions.open(session, chain: .sample())
        let event = SecurityEvent(
            id: UUID(), kind: .refreshTokenReused, userID: user.id, sessionID: session.id, at: session.createdAt,
            device: session.device)
        try await sessions.revoke(session.id, recording: event)
        try promise(await sessions.grant(session.id) == nil, "a revoked session grants no more")
    }
}
