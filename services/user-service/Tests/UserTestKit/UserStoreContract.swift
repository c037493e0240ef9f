import DomainKit
import Foundation
public import UserDomain

/// A promise of a port that a store did not keep.
public struct BrokenPromise: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}

func promise(_ isKept: Bool, _ text: String) throws {
    if !isKept { throw BrokenPromise(description: text) }
}

func promise(_ code: String, _ text: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as Failure where failure.code == code {
        return
    }
    throw BrokenPromise(description: text)
}

/// What every `UserStore` promises.
public struct UserStoreContract: Sendable {
    let users: any UserStore
    let sessions: any SessionStore
    let hash = PasswordHash(phc: "$1")

    public init(_ store: some UserStore & SessionStore) {
        users = store
        sessions = store
    }

    private func user() async throws -> User {
        try await users.insert(.sample(), hash: hash)
    }

    public func keepsWhatWasInserted() async throws {
        var user = try User.sample()
        user.roles = [.user, .admin]
        try promise(await users.insert(user, hash: hash) == user, "an account is told as it was written")
        try promise(await users.user(user.id) == user, "and read")
        let byEmail = try await users.credentials(of: user.email, device: nil)
        try promise(byEmail?.user == user && byEmail?.hash == hash, "an account is found by its address")
        let byID = try await users.credentials(of: user.id)
        try promise(byID?.user == user && byID?.hash == hash, "an account is found by its id, hash and all")
        let other = try User.sample()
        try promise(await users.user(other.id) == nil, "an unknown id finds nothing")
        try promise(await users.credentials(of: other.email, device: nil) == nil, "an unknown address finds nothing")
    }

    public func givesAnAddressToOneAccount() async throws {
        let first = try await user()
        var second = try User.sample()
        second.email = first.email
        try await promise("user.email-taken", "a second account with an address is refused") {
            _ = try await users.insert(second, hash: PasswordHash(phc: "$2"))
        }
        let found = try await users.credentials(of: first.email, device: nil)
        try promise(found?.user.id == first.id, "the first one stays")
    }

    public func answersARepeatWithTheFirstResult() async throws {
        let first = try await user()
        var repeated = first
        repeated.displayName = try DisplayName("another")
        try promise(
            await users.insert(repeated, hash: PasswordHash(phc: "$2")) == first, "a repeat gets the first result")
        try promise(await users.credentials(of: first.id)?.hash == hash, "and changes nothing")
    }

    public func findsAnAddressStoredInAnotherForm() async throws {
        for (stored, written) in [("xn--r8jz45g.jp", "例え.jp"), ("例え.jp", "xn--r8jz45g.jp")] {
            var old = try User.sample()
            let name = UUID().lowercased
            old.email = EmailAddress(stored: "\(name)@\(stored)")
            _ = try await users.insert(old, hash: hash)
            let address = try EmailAddress("\(name)@\(written)")
            try promise(await users.credentials(of: address, device: nil)?.user.id == old.id, "\(written) is \(stored)")
            var second = try User.sample()
            second.email = address
            try await promise("user.email-taken", "and taken") { _ = try await users.insert(second, hash: hash) }
        }
    }

    public func renamesTheVersionItWasToldOf() async throws {
        let user = try await user()
        let (name, later) = (try DisplayName("次郎"), user.updatedAt + 5)
        var renamed = user
        (renamed.displayName, renamed.version, renamed.updatedAt) = (name, 2, later)
        try promise(await users.rename(user.id, to: name, at: later, ifVersion: 1) == .made(renamed), "is renamed")
        try promise(await users.user(user.id) == renamed, "and read back")
        let late = try DisplayName("late")
        try promise(await users.rename(user.id, to: late, at: later, ifVersion: 1) == .stale, "a former version is not")
        try promise(await users.user(user.id) == renamed, "and changes nothing")
        let unknown = UserID(UUID())
        try promise(
            await users.rename(unknown, to: late, at: later, ifVersion: 1) == .gone, "nor is an unknown account")
    }

    public func changesAPasswordWithItsSessions() async throws {
        let (user, other) = (try await user(), try await self.user())
        let (kept, ended, theirs) = (
            SessionOpening.sample(of: user.id), SessionOpening.sample(of: user.id), SessionOpening.sample(of: other.id)
        )
        for opening in [kept, ended, theirs] { _ = try await sessions.open(opening) }
        let new = PasswordHash(phc: "$new")
        try promise(
            await users.changePassword(of: user.id, from: new, to: hash, keeping: nil) == .stale, "another hash is not")
        try promise(await sessions.grant(ended.id) != nil, "and ends nothing")
        try promise(
            await users.changePassword(of: user.id, from: hash, to: new, keeping: kept.id) == .made(user), "this one is"
        )
        try promise(await users.credentials(of: user.id)?.hash == new, "and the new one stays")
        try promise(await sessions.grant(ended.id) == nil, "other sessions end")
        try promise(await sessions.grant(kept.id) != nil, "this one stays")
        try promise(await sessions.grant(theirs.id) != nil, "and other people's stay")
        try promise(
            await users.changePassword(of: UserID(UUID()), from: hash, to: new, keeping: nil) == .gone,
            "nobody's is not")
    }

    public func appointsAnAdmin() async throws {
        let user = try await user()
        let session = SessionOpening.sample(of: user.id)
        _ = try await sessions.open(session)
        let known = Credentials(user: user, hash: hash)
        var admin = user
        (admin.roles, admin.version, admin.updatedAt, admin.epoch) = ([.user, .admin], 2, user.updatedAt + 5, 1)
        let now = admin.updatedAt
        try promise(await users.appointAdmin(known, newHash: nil, at: now) == .made(admin), "the role is added")
        try promise(await sessions.grant(session.id) != nil, "and sessions stay with the password")
        let new = PasswordHash(phc: "$new")
        try promise(await users.appointAdmin(known, newHash: new, at: now) == .stale, "a former version is not")
        try promise(await users.credentials(of: user.id)?.hash == hash, "and keeps its password")
        let again = Credentials(user: admin, hash: hash)
        (admin.version, admin.epoch) = (3, 2)
        try promise(await users.appointAdmin(again, newHash: new, at: now) == .made(admin), "with a password")
        try promise(await users.credentials(of: user.id)?.hash == new, "that is set")
        try promise(await sessions.grant(session.id) == nil, "and ends sessions")
    }

    public func erasesAllThereIs() async throws {
        let user = try await user()
        let session = SessionOpening.sample(of: user.id)
        _ = try await sessions.open(session)
        try promise(await users.erase(user.id, ifVersion: 2) == .stale, "another version is not erased")
        try promise(await users.erase(user.id, ifVersion: 1) == .made(user), "the present version is")
        try promise(await users.user(user.id) == nil, "the account is gone")
        try promise(await users.credentials(of: user.email, device: nil) == nil, "its address too")
        try promise(await sessions.grant(session.id) == nil, "its sessions too")
        try promise(await users.erase(user.id, ifVersion: 1) == .gone, "once")
        _ = try await users.insert(user, hash: hash)
        let found = try await users.credentials(of: user.email, device: session.mark)
        try promise(found?.isDeviceKnown == false, "its devices too")
    }
}
