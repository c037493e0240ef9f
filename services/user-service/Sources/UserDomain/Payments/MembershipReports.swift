/// Where what payment providers tell takes effect.
public protocol MembershipReports: Sendable {
    /// Takes a delivery once: its id is kept, and with it in one step the membership, the event that tells of it and the line
    /// in the audit trail. A repeat gets the first answer without effect, beside the first one too.
    ///
    /// - Parameter report: nil for one nothing is to be done about.
    ///
    /// Fails: `webhookOutOfTime`, by the store's time; `webhookReused`, for an id with another body; `invalid`, for what has
    /// not happened yet; unavailable. A delivery that failed was not taken, and its id is free.
    func take(
        _ delivery: WebhookDelivery, _ report: MembershipReport?, requestID: String
    ) async throws -> DeliveryReceipt
}
