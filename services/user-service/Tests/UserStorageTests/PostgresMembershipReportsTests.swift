import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct PostgresMembershipReportsTests {
    private func contract(_ body: (PaymentsContract) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await body(
                PaymentsContract(
                    PostgresMembershipReports(database: database), PostgresAdministration(database: database),
                    users: PostgresAccounts(database: database), now: Date()))
        }
    }

    @Test func `grants and ends`() async throws { try await contract { try await $0.grantsAndEnds() } }
    @Test func `takes each once`() async throws { try await contract { try await $0.takesEachOnce() } }
    @Test func `refuses what was sent at another time`() async throws {
        try await contract { try await $0.refusesWhatWasSentAtAnotherTime() }
    }
    @Test func `passes over what is older`() async throws {
        try await contract { try await $0.passesOverWhatIsOlder() }
    }
    @Test func `keeps sources apart`() async throws { try await contract { try await $0.keepsSourcesApart() } }
    @Test func `answers for accounts that are not there`() async throws {
        try await contract { try await $0.answersForAccountsThatAreNotThere() }
    }

    /// A delivery and what it grants.
    private struct Sample {
        let user: User
        let delivery: WebhookDelivery
        let report: MembershipReport

        init(_ database: PostgresClient, id: String = "m-1") async throws {
            user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let now = Date()
            delivery = WebhookDelivery(
                source: try #require(PaymentSource("shop")), id: id, sentAt: Int64(now.timeIntervalSince1970),
                digest: Data(repeating: 1, count: 32))
            let membership = try Membership.checked(
                tier: "member", validFrom: now, validUntil: now + 86_400, source: "shop")
            report = MembershipReport(.granted(membership), of: user.id, at: now)
        }

        func take(_ database: PostgresClient) async throws -> DeliveryReceipt {
            try await PostgresMembershipReports(database: database).take(delivery, report, requestID: "r")
        }
    }

    @Test func `a delivery that comes to both replicas at the same time has one effect and one answer`() async throws {
        try await replicas { one, other in
            let sample = try await Sample(one)
            let receipts = try await withThrowingTaskGroup { group in
                for client in [one, other, one, other, one, other] {
                    group.addTask { try await sample.take(client) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receipts.allSatisfy { $0.outcome == .applied })
            #expect(receipts.count { !$0.isRepeat } == 1)
            #expect(try await one.told(of: sample.user.id) == ["membership_changed 1"])
            #expect(try await AuditVerifier(database: one).verify().seq == 2)
        }
    }

    @Test func `one that waits for the first attempt takes its place when that one dies`() async throws {
        try await replicas { one, other in
            let sample = try await Sample(one)
            // As far as the first statement goes, by a program that is killed then.
            let dead = PostgresClient(one.configuration)
            let (tasks, begun) = AsyncStream.makeStream(of: Task<DeliveryReceipt, any Error>.self)
            try? await dead.transaction { transaction in
                try await transaction.execute(
                    """
                    INSERT INTO webhook_deliveries (source, id, digest, outcome)
                    VALUES ('shop', 'm-1', \(sample.delivery.digest), 'applied')
                    """)
                begun.yield(try await second(in: one) { try await sample.take(other) })
                try await one.execute(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'idle in transaction'
                    """)
            }
            begun.finish()
            var receipts: [DeliveryReceipt] = []
            for await task in tasks { receipts.append(try await task.value) }
            #expect(receipts == [DeliveryReceipt(.applied)])
            #expect(try await one.told(of: sample.user.id) == ["membership_changed 1"])
            await dead.close()
        }
    }

    @Test func `what fails on its way leaves nothing, and the next attempt takes effect`() async throws {
        try await TestDatabase.with { database in
            let sample = try await Sample(database)
            try await database.execute("ALTER TABLE audit_events ADD CONSTRAINT broken CHECK (false) NOT VALID")
            await #expect(throws: Failure.self) { _ = try await sample.take(database) }
            for table: SQL in ["webhook_deliveries", "membership_reports", "identity_events"] {
                #expect(try await database.query("SELECT 1 FROM \(sql: table)").isEmpty)
            }
            #expect(try await AuditVerifier(database: database).verify().seq == 1)
            try await database.execute("ALTER TABLE audit_events DROP CONSTRAINT broken")
            #expect(try await sample.take(database) == DeliveryReceipt(.applied))
        }
    }

    @Test func `ids are known for days and go then`() async throws {
        try await TestDatabase.with { database in
            for days in [0, 13, 15] {
                try await database.execute(
                    """
                    INSERT INTO webhook_deliveries (source, id, digest, outcome, at)
                    VALUES ('shop', \(String(days)), sha256(''), 'applied', now() - \(days) * interval '1 day')
                    """)
            }
            #expect(await Sweeper(database: database, logger: .init(label: "test")).sweep() == 1)
            let left = try await database.query("SELECT id FROM webhook_deliveries ORDER BY id").decode(String.self)
            #expect(left == ["0", "13"])
        }
    }

    @Test func `a line that names its actor is part of the chain, with the actor`() async throws {
        try await TestDatabase.with { database in
            let sample = try await Sample(database)
            _ = try await sample.take(database)
            #expect(try await AuditVerifier(database: database).verify().seq == 2)
            for change in ["actor = 'source:bank'", "actor = NULL"] {
                try await database.transaction { transaction in
                    try await transaction.execute("SET LOCAL session_replication_role = replica")
                    try await transaction.execute("UPDATE audit_events SET \(sql: SQL(raw: change)) WHERE seq = 2")
                }
                let flaw = await #expect(throws: AuditVerifier.Flaw.self) {
                    try await AuditVerifier(database: database).verify()
                }
                #expect(flaw == .changed(seq: 2))
            }
        }
    }
}
