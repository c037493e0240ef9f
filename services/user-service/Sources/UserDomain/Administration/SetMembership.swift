public import DomainKit
public import Foundation

/// Says what somebody is a member of, and for how long; it begins and ends by itself.
public struct SetMembership<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Fails: `invalid`, as `Membership.checked` says, and as `AdministrationStore.make`.
    public func callAsFunction(
        _ id: UserID, tier: String, validFrom: Date, validUntil: Date?, source: String, by admin: ActingAdmin,
        ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        let membership = try Membership.checked(
            tier: tier, validFrom: validFrom, validUntil: validUntil, source: source)
        return try await store.make(.membership(membership), on: id, by: admin, ifVersion: isExpected)
    }
}
