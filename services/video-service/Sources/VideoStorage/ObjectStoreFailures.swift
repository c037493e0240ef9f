import DomainKit
import ObjectStorage
import StorageKit
import VideoDomain

/// Runs what talks to the object store and says its error in the domain's words, once.
///
/// Fails: `platform.unavailable` when it is away; a fault of ours for what no caller can help. `Failure`s and cancellation
/// pass as they are.
nonisolated(nonsending) func fromObjectStore<Value: Sendable>(
    _ work: nonisolated(nonsending) () async throws -> Value
) async throws -> Value {
    do {
        return try await work()
    } catch let error as ObjectStoreError {
        throw failure(of: error)
    }
}

private func failure(of error: ObjectStoreError) -> Failure {
    switch error {
    case .uploadNotFound: .uploadNotFound
    case .objectNotFound: .videoNotFound
    case .outOfSpace: .storageFull.caused(by: error)
    case .wrongDigest: .digestMismatch
    case .unavailable: .unavailable("object-store", cause: error)
    case .objectChanged, .wrongOffset, .incomplete, .badPart, .rangeNotSatisfiable, .badAddress: .storageFault(error)
    }
}
