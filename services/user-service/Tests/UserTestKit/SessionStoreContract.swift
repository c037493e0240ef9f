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
        try await users.insert(.sample(), hash: PasswordHash(phc: "$1"))
    }

    public func grantsWhatWasOpened() async throws {
        let user = try await user()
        let opening = SessionOpening.sample(of: user.id)
        try promise(await sessions.open(opening), "a session is opened")
        let grant = try await sessions.grant(opening.id)
        let session = grant?.session
        try promise(session?.userID == user.id && session?.device == opening.device, "and read as it was written")
        try promise(session.map { $0.expiresAt == $0.createdAt + 3_600 } == true, "with its life")
        try promise(grant?.chain == opening.chain, "with its chain")
        try promise(grant?.user == user, "and its user")
        try promise(await sessions.grant(SessionID(UUID())) == nil, "an unknown one is not")
        try promise(await !sessions.open(.sample(of: UserID(UUID()))), "a session of nobody is not opened")
        let over = SessionOpening.sample(of: user.id, life: .zero)
        try promise(await sessions.open(over), "one may be over at once")
        try promise(await sessions.grant(over.id) == nil, "and is not granted then")
    }

    public func opensForTheHashThatWasChecked() async throws {
        let user = try await user()
        let former = SessionOpening.sample(of: user.id, checked: PasswordHash(phc: "$0"))
        try promise(await !sessions.open(former), "another hash opens nothing")
        try promise(await sessions.grant(former.id) == nil, "not even half")
        try promise(await !sessions.open(.sample(of: user.id, epoch: 1)), "nor does another epoch")
        let strong = PasswordHash(phc: "$strong")
        try promise(await sessions.open(.sample(of: user.id, strengthened: strong)), "the hash that is there does")
        try promise(await users.credentials(of: user.id)?.hash == strong, "and is made stronger with it")
        try promise(await !sessions.open(.sample(of: user.id, strengthened: strong)), "once")
    }

    public func showsAPasswordAgain() async throws {
        let (user, other) = (try await user(), try await user())
        let (opening, hash) = (SessionOpening.sample(of: user.id), PasswordHash(phc: "$1"))
        _ = try await sessions.open(opening)
        let opened = try await sessions.grant(opening.id)?.session
        try promise(opened?.authenticatedAt == opened?.createdAt, "a session begins with what was shown")
        try promise(await sessions.showPassword(hash, of: user.id, in: opening.id), "it is shown again")
        let shown = try await sessions.grant(opening.id)?.session
        guard let shown, let opened else { throw BrokenPromise(description: "the session is there") }
        try promise(shown.authenticatedAt >= opened.authenticatedAt && shown.methods == [.password], "at another time")
        try promise(shown.createdAt == opened.createdAt, "in the session there is")
        let former = PasswordHash(phc: "$0")
        try promise(await !sessions.showPassword(former, of: user.id, in: opening.id), "another hash shows nothing")
        try promise(await !sessions.showPassword(hash, of: other.id, in: opening.id), "nor does another's password")
        let key = SessionOpening.sample(of: user.id, methods: [.hardwareKey])
        _ = try await sessions.open(key)
        try promise(await !sessions.showPassword(hash, of: user.id, in: key.id), "nor any where two factors were shown")
        try promise(await sessions.grant(key.id)?.session.methods == [.hardwareKey], "which stays as it is")
        _ = try await sessions.end(opening.id, of: user.id)
        try promise(await !sessions.showPassword(hash, of: user.id, in: opening.id), "and none in one that has ended")
    }

    public func knowsADeviceAgain() async throws {
        let (user, other) = (try await user(), try await user())
        let mark = ToySecrets().first()
        func isKnown(_ user: User) async throws -> Bool? {
            try await users.credentials(of: user.email, device: mark)?.isDeviceKnown
        }
        try promise(await isKnown(user) == false, "before it has signed in a device is unknown")
        _ = try await sessions.open(.sample(of: user.id, checked: PasswordHash(phc: "$0"), mark: mark))
        try promise(await isKnown(user) == false, "and after it could not")
        for _ in 0..<2 { _ = try await sessions.open(.sample(of: user.id, mark: mark)) }
        try promise(await isKnown(user) == true, "after it has it is known")
        try promise(await isKnown(other) == false, "to that account alone")
    }

    public func rotatesAChainOnce() async throws {
        let user = try await user()
        let opening = SessionOpening.sample(of: user.id)
        let (id, life) = (opening.id, Duration.seconds(7_200))
        _ = try await sessions.open(opening)
        let step = RefreshChain.Step.sample(1)
        try promise(
            await sessions.rotate(id, from: opening.chain, to: step, life: life), "the present chain is replaced")
        try promise(await !sessions.rotate(id, from: opening.chain, to: .sample(1), life: life), "a former one is not")
        let grant = try await sessions.grant(id)
        let session = grant?.session
        try promise(grant?.chain.digest == step.digest && grant?.chain.generation == 1, "and the first to come stays")
        try promise(grant?.chain.spentAt.count == 1, "with the time of it")
        // A store may look at its clock for each of the two.
        let seconds = session.map { $0.expiresAt.timeIntervalSince($0.lastUsedAt).rounded() }
        try promise(seconds == 7_200, "and another life")
        try promise(
            await !sessions.rotate(id, from: .sample(1), to: .sample(2), life: life), "nor one of another secret")
    }

    public func letsOneOfManyRotate() async throws {
        let opening = SessionOpening.sample(of: try await user().id)
        _ = try await sessions.open(opening)
        let won = try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await sessions.rotate(opening.id, from: opening.chain, to: .sample(1), life: .seconds(60))
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(won == 1, "one of fifty rotations wins, not \(won)")
    }

    public func listsTheNewestFirst() async throws {
        let (user, other) = (try await user(), try await user())
        var opened: [SessionID] = []
        for id in UUID.ascending(7) {
            _ = try await sessions.open(.sample(of: user.id, id: id))
            opened.insert(SessionID(id), at: 0)
        }
        _ = try await sessions.open(.sample(of: other.id))
        let first = try await sessions.sessions(of: user.id, page: PageRequest(limit: 3))
        try promise(first.items.map(\.id) == Array(opened[0..<3]) && first.next != nil, "the first page has the newest")
        _ = try await sessions.end(opened[2], of: user.id)
        let second = try await sessions.sessions(of: user.id, page: PageRequest(limit: 3, after: first.next))
        try promise(second.items.map(\.id) == Array(opened[3..<6]), "the second goes on though the last one ended")
        let third = try await sessions.sessions(of: user.id, page: PageRequest(limit: 3, after: second.next))
        try promise(third.items.map(\.id) == [opened[6]] && third.next == nil, "the last page says so")
        _ = try await sessions.open(.sample(of: user.id, life: .zero))
        let later = try await sessions.sessions(of: user.id, page: PageRequest())
        try promise(later.items.count == 6, "what has expired is not listed")
        try await promise("platform.invalid-input", "a foreign cursor is refused") {
            _ = try await sessions.sessions(of: user.id, page: PageRequest(after: Cursor(["1", "2"])))
        }
    }

    public func endsOnlyTheOwnersSessions() async throws {
        let (user, other) = (try await user(), try await user())
        let (mine, kept, theirs) = (
            SessionOpening.sample(of: user.id), SessionOpening.sample(of: user.id), SessionOpening.sample(of: other.id)
        )
        for opening in [mine, kept, theirs] { _ = try await sessions.open(opening) }
        try promise(await !sessions.end(theirs.id, of: user.id), "another's session is not found")
        try promise(await sessions.end(mine.id, of: user.id), "the own one is ended")
        try promise(await !sessions.end(mine.id, of: user.id), "once")
        try promise(await sessions.grant(mine.id) == nil, "and grants no more")
        _ = try await sessions.open(.sample(of: user.id))
        try await sessions.endAll(of: user.id, except: kept.id)
        let left = try await sessions.sessions(of: user.id, page: PageRequest())
        try promise(left.items.map(\.id) == [kept.id], "all others end, this one stays")
        try promise(await sessions.grant(theirs.id) != nil, "and other people's stay")
        try await sessions.endAll(of: user.id, except: nil)
        try promise(await sessions.grant(kept.id) == nil, "without an exception all end")
    }

    public func boundsTheSessionsOfAUser() async throws {
        let user = try await user()
        let ids = UUID.ascending(Session.mostPerUser + 2)
        _ = try await sessions.open(.sample(of: user.id, id: ids[0], life: .zero))
        for id in ids.dropFirst() { _ = try await sessions.open(.sample(of: user.id, id: id)) }
        try promise(await sessions.grant(SessionID(ids[1])) == nil, "the oldest is gone")
        let page = try await sessions.sessions(of: user.id, page: PageRequest(limit: 100))
        try promise(page.items.count == Session.mostPerUser && page.next == nil, "the newest are there")
    }

    public func boundsTheDevicesOfAUser() async throws {
        let user = try await user()
        let marks = (0...DeviceToken.mostPerUser).map { _ in ToySecrets().first() }
        for mark in marks { _ = try await sessions.open(.sample(of: user.id, mark: mark)) }
        let first = try await users.credentials(of: user.email, device: marks[0])
        try promise(first?.isDeviceKnown == false, "the one not seen longest is forgotten")
        for mark in marks.dropFirst() {
            let known = try await users.credentials(of: user.email, device: mark)
            try promise(known?.isDeviceKnown == true, "the others are known")
        }
    }

    public func revokesAndRecords() async throws {
        let user = try await user()
        let opening = SessionOpening.sample(of: user.id)
        _ = try await sessions.open(opening)
        for _ in 0..<2 { try await sessions.revoke(opening.id, of: user.id, on: opening.device) }
        try promise(await sessions.grant(opening.id) == nil, "a revoked session grants no more")
    }
}
