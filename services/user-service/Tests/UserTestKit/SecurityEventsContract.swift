public import DomainKit
import Foundation
public import UserDomain

/// What every store promises of what owners are told of.
public struct SecurityEventsContract: Sendable {
    public typealias Store = UserStore & SessionStore & EmailProofs & SecurityEvents

    let store: any Store
    let posted: @Sendable (UserID) async throws -> [MailKind]
    let age: @Sendable (UserID) async throws -> Void
    let pass: @Sendable () async throws -> Void
    let hash = PasswordHash(phc: "$1")
    let device = Device(userAgent: "curl/7", address: "192.0.2.7")

    /// - Parameters:
    ///   - posted: what was posted to an account, the oldest first.
    ///   - age: makes the account two days older.
    ///   - pass: lets a little time pass.
    public init(
        _ store: some Store, posted: @escaping @Sendable (UserID) async throws -> [MailKind],
        age: @escaping @Sendable (UserID) async throws -> Void, pass: @escaping @Sendable () async throws -> Void
    ) {
        self.store = store
        self.posted = posted
        self.age = age
        self.pass = pass
    }

    private func kinds(_ user: UserID) async throws -> [SecurityEvent.Kind] {
        try await store.securityEvents(of: user, page: PageRequest()).items.map(\.kind)
    }

    private func author(_ user: User) -> AuditAuthor { AuditAuthor(account: user.id, requestID: nil) }

    public func tellsOfAChangedPassword() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let (session, other) = (SessionID(UUID()), PasswordHash(phc: "$2"))
        for _ in 0..<2 {
            _ = try await store.changePassword(
                of: user.id, from: hash, to: other, keeping: session, by: author(user), on: device)
        }
        let event = try await store.securityEvents(of: user.id, page: PageRequest()).items.first
        try promise(await kinds(user.id) == [.passwordChanged], "a change is told of, one that is not made is not")
        try promise(event?.sessionID == session && event?.device == device, "with who did it")
        try promise(await posted(user.id) == [.notice(.passwordChanged)], "and by mail")
        try await pass()
        _ = try await store.changePassword(
            of: user.id, from: other, to: hash, keeping: nil, by: author(user), on: device)
        try promise(await kinds(user.id).count == 2, "one that ends all sessions too")
        let mail = try AskedMail(.resetPassword, to: user.email, id: UUID(), tokens: ToyMailTokens())
        try await store.post(mail, to: user.email)
        try await pass()
        for _ in 0..<2 {
            _ = try await store.resetPassword(
                mail.token?.digest ?? Data(), of: user.id, to: other, by: author(user), on: device)
        }
        try promise(await kinds(user.id).prefix(2) == [.passwordReset, .passwordChanged], "and one by mail, once")
    }

    public func tellsOfATokenThatCameBack() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let opening = SessionOpening.sample(of: user.id)
        _ = try await store.open(opening)
        for _ in 0..<2 { try await store.revoke(opening.id, of: user.id, on: device) }
        let events = try await store.securityEvents(of: user.id, page: PageRequest()).items
        try promise(events.map(\.kind) == [.refreshTokenReused], "a token that came back is told of once")
        try promise(events.first?.sessionID == opening.id && events.first?.device == device, "with its session")
        try promise(await posted(user.id) == [.notice(.refreshTokenReused)], "and by mail")
    }

    public func tellsOfANewDevice() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let (first, second) = (ToySecrets().first(), ToySecrets().first())
        for _ in 0..<2 { _ = try await store.open(.sample(of: user.id, mark: first)) }
        try promise(await kinds(user.id) == [], "the device that a new account was opened with is none")
        _ = try await store.open(.sample(of: user.id, checked: PasswordHash(phc: "$9"), mark: second))
        try promise(await kinds(user.id) == [], "nor one that is not signed in")
        let opening = SessionOpening.sample(of: user.id, mark: second)
        for _ in 0..<2 { _ = try await store.open(opening.again()) }
        let events = try await store.securityEvents(of: user.id, page: PageRequest()).items
        try promise(events.map(\.kind) == [.newDevice], "another one is told of once")
        try promise(events.first?.device == opening.device, "with what it says of itself")
        let old = try await store.insert(.sample(), hash: hash)
        try await age(old.id)
        _ = try await store.open(.sample(of: old.id))
        try promise(await kinds(old.id) == [.newDevice], "as is the first one of an account that is not new")
    }

    public func listsTheNewestFirst() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let other = try await store.insert(.sample(), hash: hash)
        var sessions: [SessionID] = []
        for _ in 0..<5 {
            let opening = SessionOpening.sample(of: user.id, mark: Data(repeating: 1, count: 32))
            _ = try await store.open(opening)
            try await store.revoke(opening.id, of: user.id, on: device)
            sessions.insert(opening.id, at: 0)
            try await pass()
        }
        var page = try await store.securityEvents(of: user.id, page: PageRequest(limit: 2))
        var listed = page.items.map(\.sessionID)
        while let next = page.next {
            page = try await store.securityEvents(of: user.id, page: PageRequest(limit: 2, after: next))
            listed += page.items.map(\.sessionID)
        }
        try promise(listed == sessions, "each is listed once, the newest first")
        try promise(await kinds(other.id) == [], "and nobody else's")
        try await promise("platform.invalid-input", "a foreign cursor is refused") {
            _ = try await store.securityEvents(of: user.id, page: PageRequest(after: Cursor(["1", "2"])))
        }
    }
}

extension SessionOpening {
    /// The same device, in another session.
    fileprivate func again() -> SessionOpening { .sample(of: userID, mark: mark) }
}
