import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostgresDecisionSubjectsTests {
    @Test func `finds the accounts of a decision`() async throws {
        try await TestDatabase.with { database in
            try await DecisionSubjectsContract(
                PostgresDecisionSubjects(database: database), users: PostgresAccounts(database: database)
            ).findsThoseThatAreThere()
        }
    }

    /// The database's clock alone says what is in force, and from when an answer counts.
    @Test func `a ban and a membership are what they are by the database's time`() async throws {
        try await TestDatabase.with { database in
            let user = try await PostgresAccounts(database: database)
                .insert(.sample(), hash: PasswordHash(phc: "$1"))
            let decide = Decide(subjects: PostgresDecisionSubjects(database: database))
            func answer() async throws -> AccessDecision {
                let attributes: [ResourceAttribute: AttributeValue] = [
                    .owner: .text(UUID().uuidString), .visibility: .text("members"), .state: .text("ready"),
                ]
                let question = AccessQuestion(
                    subject: user.id.description, action: "video.watch", type: "video", attributes: attributes)
                return try #require(try await decide([question]).first)
            }
            let now = Date()
            #expect(try await answer().rule == "video.watch.membership-required")
            try await database.setMembership(
                Membership(tier: "member", from: now + 1_000, until: now + 3_000), of: user.id)
            #expect(try await answer().rule == "video.watch.membership-required")
            try await database.age(1_001)
            let member = try await answer()
            #expect(member.rule == "video.watch.members" && member.ttl == 30)
            try await database.ban(user.id, until: now + 600)
            #expect(try await answer().rule == "account.banned")
            try await database.age(601)
            #expect(try await answer().rule == "video.watch.members")
            try await database.age(1_400)
            #expect(try await answer().rule == "video.watch.membership-required")
        }
    }
}
