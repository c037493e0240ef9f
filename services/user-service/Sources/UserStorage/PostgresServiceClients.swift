import DomainKit
import Foundation
public import Postgres
import StorageKit
public import UserDomain

/// The services that may get tokens, in PostgreSQL.
public struct PostgresServiceClients: ServiceClients {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func client(_ name: String) async throws -> ServiceClient? {
        let rows = try await fromPostgres {
            try await database.query(
                """
                SELECT c.scopes, now(), s.digest FROM service_clients c
                LEFT JOIN service_client_secrets s
                    ON s.client_id = c.id AND (s.valid_until IS NULL OR s.valid_until > now())
                WHERE c.id = \(name) ORDER BY s.valid_until DESC NULLS FIRST LIMIT \(ServiceClient.mostSecrets)
                """)
        }
        guard let first = rows.first else { return nil }
        let (scopes, now, _) = try first.decode(([String], Date, Data?).self)
        return ServiceClient(
            id: ServiceClientID(stored: name), scopes: Set(scopes.compactMap { known($0) }),
            secrets: try rows.compactMap { row in try row[2, as: Data?.self] }, now: now)
    }

    /// One after another, however many do it at once: who comes last has its way.
    public func declare(_ clients: [ServiceClientDeclaration], overlap: Duration) async throws {
        try await fromPostgres {
            try await database.transaction { transaction in
                _ = try await transaction.query("LOCK TABLE service_clients IN SHARE ROW EXCLUSIVE MODE")
                try await transaction.execute(
                    "DELETE FROM service_clients WHERE id <> ALL(\(clients.map(\.id.description)))")
                for client in clients { try await Self.declare(client, overlap / .seconds(1), transaction) }
            }
        }
    }

    private static func declare(
        _ client: ServiceClientDeclaration, _ overlap: Double, _ transaction: PostgresTransaction
    ) async throws {
        let id = client.id.description
        try await transaction.execute(
            """
            INSERT INTO service_clients (id, scopes) VALUES (\(id), \(client.scopes.map(\.rawValue).sorted()))
            ON CONFLICT (id) DO UPDATE SET scopes = excluded.scopes
            """)
        try await transaction.execute(
            """
            UPDATE service_client_secrets SET valid_until = now() + \(overlap) * interval '1 second'
            WHERE client_id = \(id) AND valid_until IS NULL AND digest <> \(client.secret)
            """)
        try await transaction.execute(
            """
            INSERT INTO service_client_secrets (client_id, digest) VALUES (\(id), \(client.secret))
            ON CONFLICT (client_id, digest) DO UPDATE SET valid_until = NULL
            """)
        // The newest of the former ones stays beside the present one.
        try await transaction.execute(
            """
            DELETE FROM service_client_secrets WHERE client_id = \(id) AND digest IN (
                SELECT digest FROM service_client_secrets WHERE client_id = \(id) AND valid_until IS NOT NULL
                ORDER BY valid_until DESC OFFSET \(ServiceClient.mostSecrets - 1))
            """)
    }
}
