public import DomainKit

/// Gives an account these roles and no others, of those there are.
public struct SetRoles<Store: AdministrationStore>: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// Fails: `invalid`, for a role that does not exist, one named twice, and none at all; `lastAdmin`; and as
    /// `AdministrationStore.make`.
    public func callAsFunction(
        _ id: UserID, to names: [String], by admin: ActingAdmin, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> ManagedUser {
        var check = Validation()
        var roles: Set<Role> = []
        // Whatever comes after so many is named twice or does not exist.
        for (index, name) in names.prefix(50).enumerated() {
            _ = check("/roles/\(index)") { () throws(Violation) in
                guard let role = Role(rawValue: name) else { throw Self.unknown }
                guard roles.insert(role).inserted else { throw Self.repeated }
            }
        }
        _ = check("/roles") { () throws(Violation) in
            if names.isEmpty { throw Self.missing }
        }
        try check.done()
        return try await store.make(.roles(roles), on: id, by: admin, ifVersion: isExpected)
    }

    private static var unknown: Violation {
        Violation(
            code: "not-acceptable",
            detail: "This must be one of: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
    }

    private static var repeated: Violation {
        Violation(code: "duplicate", detail: "This role is there more than once.")
    }

    private static var missing: Violation { Violation(code: "too-few", detail: "At least one role is needed.") }
}
