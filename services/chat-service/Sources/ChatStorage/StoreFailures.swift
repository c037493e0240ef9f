import DomainKit
import Postgres

/// Runs what talks to PostgreSQL and says what went wrong in the domain's words: the one place where a driver error
/// turns into a `Failure`.
///
/// Fails: `unavailable` for everything that may work later, a cancelled call included; else a fault of ours.
func fromPostgres<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
) async throws(Failure) -> Value {
    do {
        return try await body()
    } catch let failure as Failure {
        throw failure
    } catch let error as PostgresError {
        throw Failure(postgres: error)
    } catch {
        throw .unavailable("postgres", cause: error)
    }
}

extension Failure {
    init(postgres error: PostgresError) {
        if error.passes {
            self = .unavailable("postgres", cause: error)
        } else {
            self = Failure(
                .fault, code: "platform.internal-error", message: "Something went wrong on our side.", cause: error)
        }
    }
}

extension PostgresError {
    /// The same may work later, without anybody changing anything about it: also what waited too long.
    var passes: Bool { isUnavailable || isQueryCanceled || isLockNotAvailable || isSerializationFailure }
}
