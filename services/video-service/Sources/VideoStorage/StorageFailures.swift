import DomainKit
import ObjectStorage
import Postgres
import VideoDomain

/// Runs a store's work and says a driver's error in the domain's words, once.
///
/// Fails: `platform.unavailable` when what it needs is away; a fault of ours for what no caller can help.
/// `Failure`s and cancellation pass as they are.
nonisolated(nonsending) func translatingErrors<Value: Sendable>(
    _ work: nonisolated(nonsending) () async throws -> Value
) async throws -> Value {
    do {
        return try await work()
    } catch let error as PostgresError {
        throw failure(of: error)
    } catch let error as ObjectStoreError {
        throw failure(of: error)
    }
}

private func failure(of error: PostgresError) -> Failure {
    // A statement that ran too long or lost its connection may have taken effect; every use here may be repeated.
    error.isUnavailable || error.isQueryCanceled || error.isSerializationFailure
        ? .unavailable("postgres", cause: error) : .storageFault(error)
}

private func failure(of error: ObjectStoreError) -> Failure {
    switch error {
    case .uploadNotFound: .uploadNotFound
    case .objectNotFound: .videoNotFound
    case .outOfSpace: .storageFull.caused(by: error)
    case .unavailable: .unavailable("object-store", cause: error)
    case .wrongOffset, .incomplete, .rangeNotSatisfiable, .badAddress: .storageFault(error)
    }
}

extension Failure {
    /// What is stored contradicts what this code expects.
    static func storageFault(_ cause: any Error) -> Failure {
        Failure(
            .fault, code: "platform.internal-error", message: "Something went wrong on our side."
        ).caused(by: cause)
    }
}
