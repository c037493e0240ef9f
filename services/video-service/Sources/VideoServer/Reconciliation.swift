import Foundation
import Postgres
import VideoDomain
import VideoStorage

/// Holds store and database against each other, whichever the store is; ends with the database closed.
struct Reconciliation: Sendable {
    private let work: @Sendable (Date, Bool, @Sendable (String) -> Void) async throws -> ReconcileOutcome

    init<Media: MediaStore>(_ reconcile: ReconcileMedia<PostgresMediaOwners, Media>, on database: PostgresClient) {
        work = { date, abandoning, tell in
            try await database.closing {
                try await reconcile(writtenBefore: date, abandoning: abandoning) { finding in
                    switch finding {
                    case .unowned(let object): tell("unowned \(object.key.text) \(object.size)")
                    case .missing(let id): tell("missing \(id)")
                    case .damaged(let id): tell("damaged \(id)")
                    }
                }
            }
        }
    }

    func callAsFunction(
        writtenBefore date: Date, abandoning: Bool, _ tell: @Sendable (String) -> Void
    ) async throws -> ReconcileOutcome {
        try await work(date, abandoning, tell)
    }
}
