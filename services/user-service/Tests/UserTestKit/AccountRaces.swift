import DomainKit
import Foundation
public import UserDomain

/// Pairs of transitions of one account at the same moment, many times over: whatever the order, nobody who knows only the
/// old password keeps a session, and each is told truly what became of its change.
public struct AccountRaces: Sendable {
    private let users: any UserStore
    private let sessions: any SessionStore
    private let others: any UserStore
    private let rounds: Int
    private let old = PasswordHash(phc: "$1")

    /// - Parameters:
    ///   - one, other: of one content; two replicas where that is what lets their calls meet.
    public init(_ one: some UserStore, _ other: some UserStore & SessionStore, rounds: Int = 60) {
        users = one
        sessions = other
        others = other
        self.rounds = rounds
    }

    public func all() async throws {
        for _ in 0..<rounds {
            try await aSignInAgainstANewPassword()
            try await aStrongerHashAgainstANewPassword()
            try await aSignInAgainstAnAppointment()
            try await aSignInAgainstErasure()
            try await aNameAgainstErasure()
            try await aNameAgainstAName()
            try await aRefreshAgainstTheEnd()
        }
    }

    private func account() async throws -> User {
        try await users.insert(.sample(), hash: old)
    }

    public func aSignInAgainstANewPassword() async throws {
        let (user, new) = (try await account(), PasswordHash(phc: "$2"))
        let openings = (0..<4).map { _ in SessionOpening.sample(of: user.id) }
        async let opened: Void = open(openings)
        async let change = users.changePassword(of: user.id, from: old, to: new, keeping: nil)
        try promise(await change == .made(user.after(1)), "the password is changed")
        try await opened
        for opening in openings {
            try promise(await sessions.grant(opening.id) == nil, "no session of the old password is left")
        }
        try promise(await sessions.open(.sample(of: user.id, checked: new, epoch: 1)), "the new one opens one")
    }

    public func aStrongerHashAgainstANewPassword() async throws {
        let (user, new, strong) = (try await account(), PasswordHash(phc: "$2"), PasswordHash(phc: "$1+"))
        let opening = SessionOpening.sample(of: user.id, strengthened: strong)
        async let isOpen = sessions.open(opening)
        async let change = users.changePassword(of: user.id, from: old, to: new, keeping: nil)
        let (didOpen, didChange) = (try await isOpen, try await change)
        try promise(didChange == (didOpen ? .stale : .made(user.after(1))), "one of them is told to look again")
        try promise(await users.credentials(of: user.id)?.hash == (didOpen ? strong : new), "the other's hash stays")
        try promise((await sessions.grant(opening.id) != nil) == didOpen, "and the session with it")
    }

    public func aSignInAgainstAnAppointment() async throws {
        let (user, new) = (try await account(), PasswordHash(phc: "$2"))
        let openings = (0..<4).map { _ in SessionOpening.sample(of: user.id) }
        let known = Credentials(user: user, hash: old)
        async let opened: Void = open(openings)
        async let change = users.appointAdmin(known, newHash: new, at: user.updatedAt)
        guard case .made(let admin) = try await change else { throw BrokenPromise(description: "an admin is made") }
        try promise(admin.roles.contains(.admin), "of the account")
        try await opened
        for opening in openings {
            try promise(await sessions.grant(opening.id) == nil, "no session of the old password is an admin's")
        }
    }

    public func aSignInAgainstErasure() async throws {
        let user = try await account()
        let opening = SessionOpening.sample(of: user.id)
        async let opened: Void = open([opening])
        async let change = users.erase(user.id, ifVersion: 1)
        try promise(await change == .made(user), "the account is erased")
        try await opened
        try promise(await sessions.grant(opening.id) == nil, "with the session of that moment")
    }

    public func aNameAgainstErasure() async throws {
        let (user, name) = (try await account(), try DisplayName("次郎"))
        async let renaming = users.rename(user.id, to: name, at: user.updatedAt, ifVersion: 1)
        async let erasing = others.erase(user.id, ifVersion: 1)
        switch (try await renaming, try await erasing) {
        case (.made, .stale), (.gone, .made): break
        case let (renamed, erased): throw BrokenPromise(description: "the later is told why: \(renamed), \(erased)")
        }
    }

    public func aNameAgainstAName() async throws {
        let (user, name) = (try await account(), try DisplayName("次郎"))
        async let one = users.rename(user.id, to: name, at: user.updatedAt, ifVersion: 1)
        async let other = others.rename(user.id, to: name, at: user.updatedAt, ifVersion: 1)
        switch (try await one, try await other) {
        case (.made, .stale), (.stale, .made): break
        case let (one, other): throw BrokenPromise(description: "one of two is stale: \(one), \(other)")
        }
    }

    public func aRefreshAgainstTheEnd() async throws {
        let user = try await account()
        let opening = SessionOpening.sample(of: user.id)
        try await open([opening])
        async let rotated = sessions.rotate(
            opening.id, from: opening.chain, to: .sample(1), life: .seconds(3_600))
        async let change = users.changePassword(of: user.id, from: old, to: PasswordHash(phc: "$2"), keeping: nil)
        _ = try await (rotated, change)
        try promise(await sessions.grant(opening.id) == nil, "a session that is refreshed while it ends has ended")
    }

    private func open(_ openings: [SessionOpening]) async throws {
        try await withThrowingTaskGroup { group in
            for opening in openings { group.addTask { _ = try await sessions.open(opening) } }
            try await group.waitForAll()
        }
    }
}
