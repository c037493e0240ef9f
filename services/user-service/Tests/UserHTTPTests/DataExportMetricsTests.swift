import DomainKit
import Foundation
import IdentityEvents
import Logging
import Metrics
import PlatformTesting
import Postgres
import ServiceKit
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct DataExportMetricsTests {
    private let piece = ExportPiece(kind: "things", content: Data("[]".utf8), place: nil)

    private func begin(_ database: PostgresClient) async throws -> (PostgresDataExports, DataExportID) {
        let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
        let (store, id) = (PostgresDataExports(database: database), DataExportID(UUID()))
        _ = try await store.begin(id, of: user.id, in: nil, on: Device())
        return (store, id)
    }

    @Test func `exports are counted once by what became of them, whichever replica sees it`() async throws {
        let registry = PrometheusRegistry()
        try await withMetricsFactory(registry) {
            let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
            try await database.closing {
                try await PostgresMigrations.userService().apply(on: database, logger: Logger(label: "test"))
                let (store, ready) = try await begin(database)
                for service in DataExport.services {
                    for _ in 0..<2 { _ = try? await store.take(piece, number: 0, of: ready, from: service) }
                }
                let (_, large) = try await begin(database)
                try await database.execute(
                    "UPDATE data_exports SET bytes = \(PostgresDataExports.most) WHERE id = \(large.uuid)")
                for _ in 0..<2 { _ = try? await store.take(piece, number: 0, of: large, from: "chat-service") }
                for _ in 0..<2 {
                    let (_, late) = try await begin(database)
                    try await database.execute("UPDATE data_exports SET fails_at = now() WHERE id = \(late.uuid)")
                }
                _ = try await begin(database)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 { group.addTask { try await store.measure() } }
                    try await group.waitForAll()
                }
            }
        }
        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("data_exports_ended_total{") }
        #expect(
            Set(lines.map(String.init)) == [
                #"data_exports_ended_total{outcome="ready"} 1"#, #"data_exports_ended_total{outcome="too-large"} 1"#,
                #"data_exports_ended_total{outcome="out-of-time"} 2"#,
            ])
    }
}
