public import DomainKit
public import Postgres
import StorageKit

/// What rooms that are gone have left behind.
///
/// It is taken out in batches, each a transaction of its own on a connection of its own, with pauses between: sends and
/// reads of other rooms do not notice. One replica at a time is at it; one that is killed leaves the rest to the next.
public struct PostgresRoomRemains: Sendable {
    /// Rows of a batch: a few milliseconds of the database's time.
    public static let batch = 1_000

    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    /// Takes out one batch and says whether there may be more to do at once. False as well while another replica is at
    /// it. Fails: `unavailable`.
    @discardableResult
    public func takeOutSome(_ most: Int = batch) async throws(Failure) -> Bool {
        try await fromPostgres {
            // A transaction, so that nobody's statement is pipelined behind it.
            try await client.transaction { transaction in
                try await transaction.first("SELECT take_out_room_remains(\(most)::integer)")?.decode(Bool.self)
                    ?? false
            }
        }
    }
}
