import DomainKit
import Foundation
public import UserDomain

/// What admins can do, put together once. A change is made to the version that the last closure accepts.
public struct AdminUseCases: Sendable {
    typealias Expectation = (Int) throws -> Void

    let search: @Sendable (_ text: String, PageRequest) async throws -> Page<ManagedUser>
    let show: @Sendable (UserID) async throws -> ManagedUser
    let change:
        @Sendable (UserID, _ name: String?, _ isVerified: Bool?, ActingAdmin, Expectation) async throws -> ManagedUser
    let setRoles: @Sendable (UserID, _ names: [String], ActingAdmin, Expectation) async throws -> ManagedUser
    let ban: @Sendable (UserID, _ reason: String, _ until: Date?, ActingAdmin, Expectation) async throws -> ManagedUser
    let liftBan: @Sendable (UserID, ActingAdmin, Expectation) async throws -> ManagedUser
    let setMembership: @Sendable (UserID, MembershipBody, ActingAdmin, Expectation) async throws -> ManagedUser
    let audit: @Sendable (AuditFilter, PageRequest) async throws -> Page<AuditRecord>

    public init(store: some AdministrationStore) {
        let searching = SearchUsers(store: store)
        search = { try await searching($0, page: $1) }
        let showing = ShowUser(store: store)
        show = { try await showing($0) }
        let changing = ChangeUser(store: store)
        change = { try await changing($0, displayName: $1, isEmailVerified: $2, by: $3, ifVersion: $4) }
        let appointing = SetRoles(store: store)
        setRoles = { try await appointing($0, to: $1, by: $2, ifVersion: $3) }
        let banning = BanUser(store: store)
        ban = { try await banning($0, reason: $1, until: $2, by: $3, ifVersion: $4) }
        let lifting = LiftBan(store: store)
        liftBan = { try await lifting($0, by: $1, ifVersion: $2) }
        let admitting = SetMembership(store: store)
        setMembership = { id, body, admin, isExpected in
            try await admitting(
                id, tier: body.tier, validFrom: body.validFrom, validUntil: body.validUntil, source: body.source,
                by: admin, ifVersion: isExpected)
        }
        let reading = ReadAudit(store: store)
        audit = { try await reading($0, page: $1) }
    }
}
