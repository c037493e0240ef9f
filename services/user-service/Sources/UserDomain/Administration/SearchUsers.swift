public import DomainKit

/// Finds accounts by how their addresses or names begin.
public struct SearchUsers<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Fails: `invalidCursor`.
    public func callAsFunction(_ text: String, page: PageRequest) async throws -> Page<ManagedUser> {
        try await store.accounts(UserSearch(text), page: page)
    }
}
