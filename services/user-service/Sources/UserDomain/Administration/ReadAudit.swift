public import DomainKit

/// Shows what was done to accounts, the newest first.
public struct ReadAudit<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Fails: `invalidCursor`.
    public func callAsFunction(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditRecord> {
        try await store.auditTrail(filter, page: page)
    }
}
