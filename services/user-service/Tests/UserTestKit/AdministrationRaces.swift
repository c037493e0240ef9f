import DomainKit
import Foundation
public import UserDomain

/// Two admins at the same moment, many times over: whatever they want of each other or of themselves, one of them is an
/// admin afterwards.
public struct AdministrationRaces: Sendable {
    private let stores: [any AdministrationStore]
    private let users: any UserStore

    /// - Parameters:
    ///   - stores: two of one content without accounts, that of `users`; two replicas where that is what lets calls meet.
    public init(_ one: any AdministrationStore, _ other: any AdministrationStore, users: any UserStore) {
        stores = [one, other]
        self.users = users
    }

    private enum Way: CaseIterable {
        case demotingEachOther, demotingThemselves, banningEachOther, leaving
    }

    public func all(rounds: Int = 20) async throws {
        var admins: [UserID] = []
        for _ in 0..<2 { admins.append(try await newAdmin()) }
        for _ in 0..<rounds {
            for way in Way.allCases { admins = try await race(admins, way) }
        }
    }

    private func newAdmin() async throws -> UserID {
        var user = try User.sample()
        user.roles = [.user, .admin]
        return try await users.insert(user, hash: PasswordHash(phc: "$1")).id
    }

    /// The admins of the next round: the one who is left, and the other one or somebody new.
    private func race(_ admins: [UserID], _ way: Way) async throws -> [UserID] {
        let (one, other) = (try await present(admins[0]), try await present(admins[1]))
        async let left = succeeds { try await go(stores[0], one, other, way) }
        async let right = succeeds { try await go(stores[1], other, one, way) }
        let done = [try await left, try await right]
        try promise(done.count { $0 } == 1, "\(way): one of two gets what it wants, not \(done)")
        let now = [try await stores[0].account(admins[0])?.user, try await stores[0].account(admins[1])?.user]
        let active = now.compactMap(\.self).filter(\.isActiveAdmin)
        try promise(active.count == 1, "\(way): one admin is left, not \(active.count)")
        let acting = ActingAdmin(id: active[0].id, session: nil, epoch: active[0].epoch, requestID: "r")
        guard let lost = now.compactMap(\.self).first(where: { !$0.isActiveAdmin }) else {
            return [active[0].id, try await newAdmin()]
        }
        let lifted = try await stores[0].make(.liftBan, on: lost.id, ifVersion: lost.version, by: acting).user
        _ = try await stores[0].make(.roles([.user, .admin]), on: lost.id, ifVersion: lifted.version, by: acting)
        return admins
    }

    private func present(_ id: UserID) async throws -> User {
        guard let user = try await stores[0].account(id)?.user else {
            throw BrokenPromise(description: "an admin is there")
        }
        return user
    }

    private func go(_ store: any AdministrationStore, _ admin: User, _ other: User, _ way: Way) async throws {
        let acting = ActingAdmin(id: admin.id, session: nil, epoch: admin.epoch, requestID: "r")
        let (ruling, target): (Ruling, User)
        switch way {
        case .demotingEachOther: (ruling, target) = (.roles([.user]), other)
        case .demotingThemselves: (ruling, target) = (.roles([.user]), admin)
        case .banningEachOther: (ruling, target) = (.ban(try BanReason("x"), until: nil), other)
        case .leaving:
            _ = try await users.erase(admin.id, ifVersion: admin.version)
            return
        }
        _ = try await store.make(ruling, on: target.id, ifVersion: target.version, by: acting)
    }

    private func succeeds(_ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return true
        } catch let failure as Failure where ["user.last-admin", "user.not-an-admin"].contains(failure.code) {
            return false
        }
    }
}
