import Crypto
import DomainKit
import Foundation
public import Postgres
import StorageKit
public import UserDomain

/// Wrong passwords, counted in PostgreSQL for all replicas: one row a budget, which starts anew when its time is over.
///
/// Names of budgets are stored under a keyed hash, as some hold addresses of people who have no account.
public struct PostgresGuessBudgets: GuessBudgets {
    private let database: PostgresClient
    private let key: SymmetricKey
    private let most: Int
    private let window: Duration

    /// - Parameters:
    ///   - most: wrong passwords in `window`.
    public init(
        database: PostgresClient, key: KeyEncryptionKey, most: Int, window: Duration = GuessRules.window
    ) {
        self.database = database
        self.key = key.derived(for: "guess budget")
        self.most = most
        self.window = window
    }

    public func take(from budget: GuessBudget) async throws -> GuessVerdict {
        let (name, seconds) = (name(of: budget), window / .seconds(1))
        let row = try await fromPostgres {
            // A crash may forget the last few guesses, so nobody waits for the disk. The second branch reads the row as it
            // was when the statement began, which is good enough to say how long to wait.
            try await database.first(
                """
                WITH hurried AS (SELECT set_config('synchronous_commit', 'off', true)), taken AS (
                    INSERT INTO guesses AS g (budget, count, since)
                    SELECT \(name)::bytea, 1, now() FROM hurried
                    ON CONFLICT (budget) DO UPDATE SET
                        count = CASE WHEN \(sql: Self.isOver(seconds)) THEN 1 ELSE g.count + 1 END,
                        since = CASE WHEN \(sql: Self.isOver(seconds)) THEN excluded.since ELSE g.since END
                    WHERE \(sql: Self.isOver(seconds)) OR g.count < \(Int32(clamping: most))
                    RETURNING since
                )
                SELECT true, since, 0::float8 FROM taken
                UNION ALL
                SELECT false, since, extract(epoch FROM since - now())::float8 + \(seconds)
                FROM guesses WHERE budget = \(name) AND NOT EXISTS (SELECT 1 FROM taken)
                """)
        }
        guard let row else { return .spent(retryAfter: window) }
        let (isTaken, since, left) = try row.decode((Bool, Date, Double).self)
        if isTaken { return .taken(Guess(budget: budget, since: since)) }
        return .spent(retryAfter: min(window, max(.seconds(1), .seconds(left))))
    }

    public func giveBack(_ guess: Guess) async throws {
        _ = try await fromPostgres {
            try await database.execute(
                """
                WITH hurried AS (SELECT set_config('synchronous_commit', 'off', true))
                UPDATE guesses SET count = count - 1 FROM hurried
                WHERE budget = \(name(of: guess.budget)) AND since = \(guess.since) AND count > 0
                """)
        }
    }

    private static func isOver(_ seconds: Double) -> SQL { "g.since <= now() - \(seconds) * interval '1 second'" }

    private func name(of budget: GuessBudget) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(budget.name.utf8), using: key))
    }
}
