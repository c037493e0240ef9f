import DomainKit
import Foundation
public import IdentityEvents
import OneTimePasswords
public import UserDomain
import WebAuthn

/// What stores and their feed promise together: what voids tokens is told, once, and nothing else is.
public struct IdentityContract: Sendable {
    let users: any UserStore
    let sessions: any SessionStore
    let feed: any IdentityFeed
    let hash = PasswordHash(phc: "$1")

    public init(_ store: some UserStore & SessionStore, feed: any IdentityFeed) {
        users = store
        sessions = store
        self.feed = feed
    }

    /// A user with as many sessions, the oldest first.
    private func user(sessions count: Int) async throws -> (User, [SessionID]) {
        let user = try await users.insert(.sample(), hash: hash)
        let ids = UUID.ascending(count)
        for id in ids { try promise(await sessions.open(.sample(of: user.id, id: id)), "a session is opened") }
        return (user, ids.map { SessionID($0) })
    }

    /// Holds what was told of a user against `expected`: kind and epoch, and the session's id where it is one's.
    private func expect(_ expected: [String], of user: User, _ what: String) async throws {
        var told: [IdentityEvent] = []
        var page = try await feed.events(after: nil)
        while !page.events.isEmpty {
            told += page.events
            page = try await feed.events(after: page.next)
        }
        let lines = told.filter { $0.userID == user.id.uuid }.map { event in
            (["\(event.kind.rawValue) \(event.epoch)"] + (event.sessionID.map { [$0.lowercased] } ?? []))
                .joined(separator: " ")
        }
        try promise(lines == expected, "\(what): \(expected), not \(lines)")
        try promise(told.map(\.seq) == told.map(\.seq).sorted(), "in order")
    }

    public func tellsOfEachSessionOnce() async throws {
        let (user, ids) = try await user(sessions: 6)
        var told: [String] = []
        func ended(_ some: ArraySlice<SessionID>) { told += some.map { "session_ended 0 \($0)" } }
        for _ in 0..<2 { _ = try await sessions.end(ids[0], of: user.id) }
        ended(ids[0..<1])
        try await expect(told, of: user, "one that is ended is told of")
        for _ in 0..<2 {
            try await sessions.revoke(ids[1], of: user.id, on: Device())
        }
        ended(ids[1..<2])
        try await expect(told, of: user, "one whose token was reused too")
        for _ in 0..<2 { try await sessions.endAll(of: user.id, except: ids[4]) }
        ended(ids[2..<4] + ids[5..<6])
        try await expect(told, of: user, "all others too")
        let last = SessionOpening.sample(of: user.id)
        _ = try await sessions.open(last)
        for _ in 0..<2 {
            let new = PasswordHash(phc: "$2")
            _ = try await users.changePassword(of: user.id, from: hash, to: new, keeping: last.id)
        }
        ended(ids[4..<5])
        try await expect(told, of: user, "those that a new password ends too")
    }

    /// What comes and goes with second factors and passkeys, which stand beside the accounts.
    public func tellsOfWhatFactorsEnd(
        _ factors: any SecondFactorStore, _ passkeys: any PasskeyStore
    ) async throws {
        let (user, ids) = try await user(sessions: 3)
        let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        _ = try await factors.begin(factor, of: user.id)
        let owner = ActingOwner.sample(user.id, in: ids[1])
        _ = try await factors.confirm(factor.id, step: 100, recoveryDigests: [], by: owner)
        var told = [ids[0], ids[2]].map { "session_ended 0 \($0)" }
        try await expect(told, of: user, "sessions without a code end with the first one")
        _ = try await factors.remove(factor.id, proof: .step(101), voiding: [.user], by: owner)
        told.append("\(IdentityEvent.Kind.rolesChanged.rawValue) 1")
        try await expect(told, of: user, "tokens that said a role are void without the factor")
        let kept = try await passkeys.add(
            KeptPasskey(
                id: PasskeyID(UUID()), userID: user.id,
                passkey: Passkey(
                    id: ToySecrets().first(), publicKey: Data([1]), signatureCount: 0, transports: [],
                    isBackupEligible: false, isBackedUp: false, model: UUID(), isDiscoverable: nil),
                name: PasskeyName("a"), createdAt: user.createdAt), by: owner)
        let opening = SessionOpening.sample(of: user.id, epoch: 1, methods: [.hardwareKey], passkey: kept.id)
        let use = PasskeyUse(signatureCount: 0, isBackedUp: false, isUserVerified: true)
        try promise(await passkeys.open(opening, with: kept, after: use), "a passkey opens a session")
        _ = try await passkeys.remove(kept.id, voiding: [.user], by: owner)
        told += ["session_ended 1 \(opening.id)", "\(IdentityEvent.Kind.rolesChanged.rawValue) 2"]
        try await expect(told, of: user, "that ends with it, and tokens are void again")
    }

    public func tellsOfTheOldestSession() async throws {
        let (user, _) = try await user(sessions: 0)
        let ids = UUID.ascending(Session.mostPerUser + 2)
        _ = try await sessions.open(.sample(of: user.id, id: ids[1], life: .zero))
        for id in ids.dropLast() where id != ids[1] { _ = try await sessions.open(.sample(of: user.id, id: id)) }
        try await expect([], of: user, "an expired session makes room, and is not told of")
        _ = try await sessions.open(.sample(of: user.id, id: ids[ids.count - 1]))
        try await expect(["session_ended 0 \(ids[0].lowercased)"], of: user, "the oldest is")
    }

    public func tellsOfWhatVoidsAllTokens() async throws {
        // With another admin there, or this one could not go.
        var other = try User.sample()
        other.roles = [.user, .admin]
        _ = try await users.insert(other, hash: hash)
        let (user, _) = try await user(sessions: 2)
        let (second, third) = (PasswordHash(phc: "$2"), PasswordHash(phc: "$3"))
        _ = try await users.changePassword(of: user.id, from: hash, to: second, keeping: nil)
        var told = ["password_reset 1"]
        try await expect(told, of: user, "a new password with no session kept")
        for newHash in [nil, third] {
            guard let known = try await users.credentials(of: user.id) else { return }
            _ = try await users.appointAdmin(known, newHash: newHash, at: user.updatedAt)
            told.append(newHash == nil ? "roles_changed 2" : "password_reset 3")
            try await expect(told, of: user, "an appointment")
        }
        guard let admin = try await users.credentials(of: user.id) else { return }
        try promise(admin.user.epoch == 3, "the account counts along")
        _ = try await users.appointAdmin(admin, newHash: nil, at: user.updatedAt)
        try await expect(told, of: user, "one who is an admin already is not told of")
        _ = try await users.erase(user.id, ifVersion: 4)
        told.append("account_erased 4")
        try await expect(told, of: user, "an erasure")
    }

    public func tellsOfNothingElse() async throws {
        let (user, ids) = try await user(sessions: 1)
        let wrong = PasswordHash(phc: "$9")
        let unknown = Credentials(user: user, hash: wrong)
        _ = try await users.rename(user.id, to: DisplayName("次郎"), at: user.updatedAt, ifVersion: 1)
        _ = try await users.changePassword(of: user.id, from: wrong, to: wrong, keeping: nil)
        _ = try await users.changePassword(of: user.id, from: wrong, to: wrong, keeping: ids[0])
        _ = try await users.appointAdmin(unknown, newHash: wrong, at: user.updatedAt)
        _ = try await users.appointAdmin(unknown, newHash: nil, at: user.updatedAt)
        _ = try await users.erase(user.id, ifVersion: 9)
        _ = try await sessions.end(ids[0], of: UserID(UUID()))
        try await sessions.endAll(of: user.id, except: ids[0])
        _ = try await sessions.open(.sample(of: user.id, strengthened: PasswordHash(phc: "$1+")))
        _ = try await sessions.open(.sample(of: user.id, checked: wrong))
        try await expect([], of: user, "what changes nothing, or no token, is not told of")
        try promise(await users.user(user.id)?.epoch == 0, "and not counted")
    }
}
