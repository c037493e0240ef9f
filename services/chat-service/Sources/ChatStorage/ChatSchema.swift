import Foundation
public import Logging
public import Postgres

/// The tables of this service.
public enum ChatSchema {
    /// Brings the database to this version. Safe to call from many replicas at once.
    ///
    /// Fails with `PostgresError` of kind `.migration`, or the server's.
    public static func migrate(_ client: PostgresClient, logger: Logger) async throws {
        try await PostgresMigrations(bundle: .module).apply(on: client, logger: logger)
    }
}
