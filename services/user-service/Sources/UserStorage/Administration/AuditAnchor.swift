import Foundation
public import Logging
import Metrics
public import Postgres

/// Tells the log and the metrics where the audit trail ends, so that it cannot be cut off there unseen: the log goes where
/// whoever writes the database cannot.
public struct AuditAnchor: Sendable {
    private let verifier: AuditVerifier
    private let logger: Logger
    private let seq = Gauge(label: "audit_head_seq")

    public init(database: PostgresClient, logger: Logger) {
        verifier = AuditVerifier(database: database)
        self.logger = logger
    }

    /// Fails: unavailable.
    public func tell() async throws {
        guard let head = try await verifier.head() else {
            logger.error("the audit trail has no head")
            return
        }
        seq.record(head.seq)
        logger.info("audit head", metadata: ["head": "\(head)"])
    }
}
