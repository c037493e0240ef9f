import DomainKit
import Foundation
import IdentityEvents
public import UserDomain

/// What can be done about accounts that are to be erased or were, put together once.
public struct ErasureUseCases: Sendable {
    let erase: @Sendable (ActingOwner, ErasureProof, _ ifVersion: (Int) throws -> Void) async throws -> Date
    let store: any ErasureStore

    public init(
        store: some UserStore & SessionStore, erasures: any ErasureStore, factors: any SecondFactorStore,
        hasher: some PasswordHasher, budgets: any GuessBudgets, stepUp: StepUpRules, grace: Duration
    ) {
        let erasing = EraseAccount(
            users: store, sessions: store, erasures: erasures, factors: factors, hasher: hasher, budgets: budgets,
            stepUp: stepUp, grace: grace)
        erase = { try await erasing($0, proof: $1, ifVersion: $2) }
        self.store = erasures
    }
}
