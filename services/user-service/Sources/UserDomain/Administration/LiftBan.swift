public import DomainKit

/// Lets somebody back before the ban ends by itself; its sessions go on.
public struct LiftBan<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Where there is no ban nothing happens. Fails as `AdministrationStore.make`.
    public func callAsFunction(
        _ id: UserID, by admin: ActingAdmin, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        try await store.make(.liftBan, on: id, by: admin, ifVersion: isExpected)
    }
}
