public import DomainKit
public import Foundation

/// Keeps somebody off the platform: from the moment this returns no token is issued, and within a second none is taken.
public struct BanUser<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// A ban that is there gets this reason and this end; one without an end stays until it is lifted.
    ///
    /// Fails: `ownBan`; `invalid`, for a reason of other than 1 to 500 characters and an end that is not in the future;
    /// `lastAdmin`; and as `AdministrationStore.make`.
    public func callAsFunction(
        _ id: UserID, reason text: String, until: Date?, by admin: ActingAdmin,
        ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        guard id != admin.id else { throw Failure.ownBan }
        var check = Validation()
        let reason = check("/reason") { () throws(Violation) in try BanReason(text) }
        guard let reason else { throw Failure.invalid(check.violations) }
        return try await store.make(
            .ban(reason, until: until?.inMilliseconds), on: id, by: admin, ifVersion: isExpected)
    }
}
