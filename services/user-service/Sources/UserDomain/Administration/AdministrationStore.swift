public import DomainKit

/// Accounts as those see them who look after the platform, and what they did to them.
///
/// Every method fails with `unavailable` when the store is away.
public protocol AdministrationStore: Sendable {
    /// The accounts whose address or name begins so, in the order of what begins so; all of them, in the order of their
    /// addresses, for an empty search.
    ///
    /// Fails: `invalidCursor`, for one of another list.
    func accounts(_ search: UserSearch, page: PageRequest) async throws -> Page<ManagedUser>

    func account(_ id: UserID) async throws -> ManagedUser?

    /// Makes a change, with its line in the audit trail and, where it makes tokens void, the event that says so: all of it,
    /// or nothing. What is so already is not done again, and leaves no trace.
    ///
    /// Asks in the same moment, in this order: whether `admin` still is one (`notAnAdmin`, unauthenticated) and has shown
    /// enough (`roleWithheld`, `stepUpNeeded`), whether the account is there (`userNotFound`) at this version
    /// (`changedMeanwhile`), whether the change is acceptable (`invalid`), and whether an admin who is not banned is left
    /// (`lastAdmin`).
    func make(
        _ ruling: Ruling, on id: UserID, ifVersion version: Int, by admin: ActingAdmin
    ) async throws -> ManagedUser

    /// The newest first.
    ///
    /// Fails: `invalidCursor`, for one of another list.
    func auditTrail(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditRecord>
}

extension AdministrationStore {
    /// Makes a change to the version that `isExpected` accepts.
    ///
    /// Fails as `make` does, and with what `isExpected` throws.
    func make(
        _ ruling: Ruling, on id: UserID, by admin: ActingAdmin, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        guard let account = try await account(id) else { throw Failure.userNotFound }
        try isExpected(account.user.version)
        return try await make(ruling, on: id, ifVersion: account.user.version, by: admin)
    }
}
