import DomainKit
import Foundation
import IdentityEvents
public import UserDomain

/// What can be done about accounts that are to be erased or were, put together once.
public struct ErasureUseCases: Sendable {
    let erase:
        @Sendable (UserID, ErasureProof, _ request: String, _ ifVersion: (Int) throws -> Void) async throws -> Date
    let store: any ErasureStore

    public init(
        users: some UserStore, erasures: any ErasureStore, hasher: some PasswordHasher, budgets: any GuessBudgets,
        grace: Duration
    ) {
        let erasing = EraseAccount(
            users: users, erasures: erasures, hasher: hasher, budgets: budgets, grace: grace)
        erase = { try await erasing($0, proof: $1, requestID: $2, ifVersion: $3) }
        store = erasures
    }
}
