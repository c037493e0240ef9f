public import DomainKit
public import Postgres

/// Runs what talks to PostgreSQL and says what went wrong in the domain's words: the one place where the driver's error
/// turns into a `Failure`.
///
/// ```swift
/// try await fromPostgres(constraints: ["users_email_key": .emailTaken]) { try await database.query("INSERT ...") }
/// ```
/// Fails: the failure `constraints` has for the broken constraint; `unavailable` for everything that may work later, a
/// cancelled call included; a failure of `body` as it is; else a fault of ours. Where a statement may have taken effect
/// before it was given up, the caller must bear to do it twice.
nonisolated(nonsending) public func fromPostgres<Value>(
    constraints: [String: Failure] = [:], _ body: nonisolated(nonsending) () async throws -> Value
) async throws(Failure) -> Value {
    do {
        return try await body()
    } catch let failure as Failure {
        throw failure
    } catch let error as PostgresError {
        throw error.constraint.flatMap { constraints[$0] }?.caused(by: error) ?? Failure(error)
    } catch let error as CancellationError {
        throw .unavailable("postgres", cause: error)
    } catch {
        throw .storageFault(error)
    }
}

extension Failure {
    public init(_ error: PostgresError) {
        self = error.passes ? .unavailable("postgres", cause: error) : .storageFault(error)
    }

    /// What is stored, or what a store answers, contradicts what this program expects: no caller can help it.
    public static func storageFault(_ cause: any Error) -> Failure {
        Failure(
            .fault, code: "platform.internal-error", message: "Something went wrong on our side.", cause: cause)
    }
}

extension PostgresError {
    /// The same may work later, without anybody changing anything about it: also what waited too long.
    public var passes: Bool { isUnavailable || isQueryCanceled || isLockNotAvailable || isSerializationFailure }
}
