import DomainKit
import Foundation
public import UserDomain

/// What every `DecisionSubjects` promises.
public struct DecisionSubjectsContract: Sendable {
    private let subjects: any DecisionSubjects
    private let users: any UserStore

    /// - Parameter users: over the same content as `subjects`.
    public init(_ subjects: any DecisionSubjects, users: any UserStore) {
        self.subjects = subjects
        self.users = users
    }

    public func findsThoseThatAreThere() async throws {
        var accounts: [User] = []
        for _ in 0..<3 {
            accounts.append(try await users.insert(.sample(), hash: PasswordHash(phc: "$1")))
        }
        let found = try await subjects.subjects([accounts[0].id, accounts[2].id, UserID(UUID())])
        try promise(Set(found.keys) == [accounts[0].id, accounts[2].id], "those asked for that are there")
        try promise(found[accounts[0].id]?.user == accounts[0], "each as it is")
        try promise(Set(found.values.map(\.readAt)).count == 1, "all at the same moment")
        try promise(await subjects.subjects([]).isEmpty, "for nobody there is nobody")
    }
}
