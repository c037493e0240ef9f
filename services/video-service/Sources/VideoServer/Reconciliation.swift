import Foundation
import Postgres
import VideoDomain
import VideoStorage

/// Holds store and database against each other, whichever the store is; ends with the database closed.
struct Reconciliation: Sendable {
    struct Outcome: Sendable, Hashable {
        var unowned, missing, noted: Int
    }

    private let work: @Sendable (Date, Bool, @Sendable (String) -> Void) async throws -> Outcome

    init<Media: MediaStore>(_ reconcile: ReconcileMedia<PostgresMediaOwners, Media>, on database: PostgresClient) {
        work = { date, abandoning, tell in
            let outcome = try await database.closing {
                try await reconcile(writtenBefore: date, abandoning: abandoning) { finding in
                    switch finding {
                    case .unowned(let object): tell("unowned \(object.key.text) \(object.size)")
                    case .missing(let id): tell("missing \(id)")
                    }
                }
            }
            return Outcome(unowned: outcome.unowned, missing: outcome.missing, noted: outcome.noted)
        }
    }

    func callAsFunction(
        writtenBefore date: Date, abandoning: Bool, _ tell: @Sendable (String) -> Void
    ) async throws -> Outcome {
        try await work(date, abandoning, tell)
    }
}
