public import DomainKit

/// Shows an account whole.
public struct ShowUser<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Fails: `userNotFound`.
    public func callAsFunction(_ id: UserID) async throws -> ManagedUser {
        guard let account = try await store.account(id) else { throw Failure.userNotFound }
        return account
    }
}
