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

    public init(_ store: some UserStore & SessionStore) {
        users = store
        sessions = store
    }

    public func keepsWhatWasInserted() async throws {
        var user = try User.sample()
        user.roles = [.user, .admin]
        try await users.insert(user, hash: PasswordHash(phc: "$a$b"))
        try promise(await users.user(user.id) == user, "an account is read as it was written")
        let byEmail = try await users.credentials(of: user.email)
        try promise(byEmail?.user == user && byEmail?.hash.phc == "$a$b", "an account is found by its address")
        let byID = try await users.credentials(of: user.id)
        try promise(byID?.user == user && byID?.hash.phc == "$a$b", "an account is found by its id, hash and all")
        let other = try User.sample()
        try promise(await users.user(other.id) == nil, "an unknown id finds nothing")
        try promise(await users.credentials(of: other.email) == nil, "an unknown address finds nothing")
    }

    public func givesAnAddressToOneAccount() async throws {
        let first = try User.sample()
        var second = try User.sample()
        second.email = first.email
        try await users.insert(first, hash: PasswordHash(phc: "$1"))
        try await promise("user.email-taken", "a second account with an address is refused") {
            try await users.insert(second, hash: PasswordHash(phc: "$2"))
        }
        try promise(await users.credentials(of: first.email)?.user.id == first.id, "the first one stays")
    }

    public func updatesTheVersionItWasToldOf() async throws {
        var user = try User.sample()
        try await users.insert(user, hash: PasswordHash(phc: "$1"))
        user.displayName = try DisplayName("次郎")
        user.version = 2
        user.updatedAt += 5
        try promise(await users.update(user, ifVersion: 1), "an update of the present version is stored")
        try promise(await users.user(user.id) == user, "and read back")
        var late = user
        late.displayName = try DisplayName("late")
        try promise(await !users.update(late, ifVersion: 1), "an update of a former version is not")
        try promise(await users.user(user.id) == user, "and changes nothing")
        try promise(await !users.update(try .sample(), ifVersion: 1), "nor is one of an unknown account")
    }

    public func replacesAHashOnce() async throws {
        let user = try User.sample()
        let (old, new) = (PasswordHash(phc: "$old"), PasswordHash(phc: "$new"))
        try await users.insert(user, hash: old)
        try promise(await users.replaceHash(of: user.id, from: old, to: new), "the present hash is replaced")
        try promise(await !users.replaceHash(of: user.id, from: old, to: new), "a former one is not")
        try promise(await users.credentials(of: user.id)?.hash == new, "and the new one stays")
    }

    public func erasesAllThereIs() async throws {
        let user = try User.sample()
        try await users.insert(user, hash: PasswordHash(phc: "$1"))
        let session = Session.sample(of: user.id)
        try await sessions.open(session, chain: .sample())
        try promise(await !users.erase(user.id, ifVersion: 2), "another version is not erased")
        try promise(await users.erase(user.id, ifVersion: 1), "the present version is")
        try promise(await users.user(user.id) == nil, "the account is gone")
        try promise(await users.credentials(of: user.email) == nil, "its address too")
        try promise(await sessions.grant(session.id) == nil, "its sessions too")
        try promise(await !users.erase(user.id, ifVersion: 1), "once")
        try await users.insert(user, hash: PasswordHash(phc: "$1"))
    }
}

extension RefreshChain {
    static func sample(_ generation: UInt32 = 0, spentAt: [Date] = []) -> RefreshChain {
        RefreshChain(generation: generation, digest: ToySecrets().first(), spentAt: spentAt)
    }
}
