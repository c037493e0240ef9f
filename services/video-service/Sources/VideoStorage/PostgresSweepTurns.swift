public import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Turns as one row of PostgreSQL, by the clock all replicas share. Not the lock of `PostgresClient.sweep`, which lasts as
/// long as a transaction: this work is on files, and none may be open meanwhile.
public struct PostgresSweepTurns: SweepTurns {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func take(_ holder: UUID, for life: Duration) async throws -> Bool {
        let until: SQL = "clock_timestamp() + make_interval(secs => \(life / .seconds(1)))"
        return try await fromPostgres {
            try await database.execute(
                """
                INSERT INTO sweep_turns AS turn (name, holder, until) VALUES ('uploads', \(holder), \(sql: until))
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE turn.until <= clock_timestamp() OR turn.holder = excluded.holder
                """) > 0
        }
    }

    public func giveBack(_ holder: UUID) async throws {
        _ = try await fromPostgres {
            try await database.execute("DELETE FROM sweep_turns WHERE name = 'uploads' AND holder = \(holder)")
        }
    }
}
