public import HTTPKit
public import Postgres
import PostgresIdempotency

/// The answers behind `Idempotency-Key`, in the store all services share.
///
/// Their fingerprints are keyed, as the bodies they are of hold passwords. The effect id of a sign-up is the account's, so
/// its kept answer goes with the account.
public enum KeptAnswers {
    static let table = "kept_answers"

    public static func store(in database: PostgresClient, under key: KeyEncryptionKey) -> any IdempotencyStore {
        PostgresIdempotencyStore(
            database: database, table: table, fingerprintKey: key.derived(for: "idempotency fingerprint"))
    }
}
