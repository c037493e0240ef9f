import DomainKit
import Postgres

/// Runs `body` and turns the driver's errors into the failures that callers know: once, here.
///
/// - Parameter constraints: what breaking a constraint of that name means.
func translatingErrors<Value>(
    constraints: [String: Failure] = [:], _ body: () async throws -> Value
) async throws -> Value {
    do {
        return try await body()
    } catch let error as PostgresError {
        if let failure = error.constraint.flatMap({ constraints[$0] }) { throw failure.caused(by: error) }
        if error.isUnavailable || error.isQueryCanceled || error.isSerializationFailure {
            throw Failure.unavailable("postgres", cause: error)
        }
        throw error
    }
}
