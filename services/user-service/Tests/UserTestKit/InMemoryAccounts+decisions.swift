public import DomainKit
public import UserDomain

extension InMemoryAccounts: DecisionSubjects {
    public func subjects(_ ids: Set<UserID>) async throws -> [UserID: DecisionSubject] {
        try run { [now = clock.now] state in
            var found: [UserID: DecisionSubject] = [:]
            for id in ids {
                found[id] = state.credentials(of: id, at: now).map { DecisionSubject(user: $0.user, readAt: now) }
            }
            return found
        }
    }
}
