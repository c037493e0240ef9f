public import DomainKit

/// Takes what a payment provider tells of memberships, after it has proven who it is.
public struct TakeWebhook: Sendable {
    private let proofs: any WebhookProofs
    private let reports: any MembershipReports

    public init(proofs: any WebhookProofs, reports: any MembershipReports) {
        self.proofs = proofs
        self.reports = reports
    }

    /// Before the body is looked into.
    ///
    /// Fails: `webhookUnproven`, the same for a source that there is none of and a signature that is wrong.
    public func proven(_ claim: WebhookClaim) throws(Failure) -> WebhookDelivery {
        guard let delivery = proofs.delivery(claim) else { throw .webhookUnproven }
        return delivery
    }

    /// Fails as `MembershipReports.take`.
    public func callAsFunction(
        _ delivery: WebhookDelivery, _ report: MembershipReport?, requestID: String
    ) async throws -> DeliveryReceipt {
        try await reports.take(delivery, report, requestID: requestID)
    }
}
