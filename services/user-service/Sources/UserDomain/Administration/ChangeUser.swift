public import DomainKit

/// Changes another's name, or what is known of the address.
public struct ChangeUser<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// What is nil stays. Fails: `invalid`, and as `AdministrationStore.make`.
    public func callAsFunction(
        _ id: UserID, displayName: String?, isEmailVerified: Bool?, by admin: ActingAdmin,
        ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        var check = Validation()
        let name = displayName.flatMap { text in
            check("/display_name") { () throws(Violation) in try DisplayName(text) }
        }
        try check.done()
        return try await store.make(
            .profile(displayName: name, isEmailVerified: isEmailVerified), on: id, by: admin, ifVersion: isExpected)
    }
}
