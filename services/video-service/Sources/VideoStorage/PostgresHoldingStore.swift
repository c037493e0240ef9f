public import DomainKit
public import Postgres
import StorageKit
public import VideoDomain

/// What accounts hold, in PostgreSQL.
public struct PostgresHoldingStore: HoldingStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func holdings(of owner: UserID) async throws -> Holdings {
        try await fromPostgres {
            try await database.first(HoldingQueries.find(owner)).map(HoldingQueries.holdings) ?? Holdings()
        }
    }
}
