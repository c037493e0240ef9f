import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import UserDomain

/// `POST /v1/webhooks/memberships/{source}`: what payment providers tell (Standard Webhooks 1.0.0).
///
/// A provider sends again for days whatever is not answered with 2xx, and gives up on the whole address at last. So what
/// would never succeed, and is nobody's mistake, is answered with 200 and what became of it.
struct WebhookRoutes: Sendable {
    /// Senders should keep below 20 KB ("Payload size").
    static let largestBody = 64 * 1_024

    let take: TakeWebhook

    func add(to routes: AccessRouter<CallerContext>) {
        routes.post("/v1/webhooks/memberships/{source}", .proof(.signedBody), use: receive)
    }

    @Sendable private func receive(_ request: Request, _ context: CallerContext) async throws -> Response {
        var source = "unproven"
        do {
            let receipt = try await receipt(for: request, context) { source = $0.source.description }
            Self.count(receipt.isRepeat ? "repeated" : receipt.outcome.rawValue, of: source)
            return try JSONResponse(.ok, ReceiptBody(outcome: receipt.outcome))
                .response(from: request, context: context)
        } catch let failure as Failure {
            Self.count(failure.code, of: source)
            throw failure
        }
    }

    /// - Parameter prove: is told of the delivery as soon as it is known whose it is.
    private func receipt(
        for request: Request, _ context: CallerContext, prove: (WebhookDelivery) -> Void
    ) async throws -> DeliveryReceipt {
        try request.requireNoQuery()
        let body = try await request.collect(limit: Self.largestBody)
        let delivery = try take.proven(
            WebhookClaim(
                source: context.parameters.get("source") ?? "", id: request.headers[.webhookID],
                timestamp: request.headers[.webhookTimestamp], signatures: request.headers[.webhookSignature],
                body: Data(body.readableBytesView)))
        prove(delivery)
        try request.requireJSON()
        let report = try MembershipNotice.report(in: body, from: delivery.source)
        let receipt = try await take(delivery, report, requestID: context.requestID)
        if receipt.outcome == .unknownUser {
            context.logger.warning(
                "a payment provider tells of an account that is not there",
                metadata: ["source": "\(delivery.source)", "webhook_id": "\(delivery.id)"])
        }
        return receipt
    }

    /// Bounded: sources are those of the settings, outcomes those of this page.
    private static func count(_ outcome: String, of source: String) {
        Counter(label: "webhooks_total", dimensions: [("source", source), ("outcome", outcome)]).increment()
    }

    private struct ReceiptBody: JSONWritable {
        let outcome: DeliveryOutcome

        func write(to json: inout JSONWriter) {
            json.object { $0.member("outcome", outcome.rawValue) }
        }
    }
}

extension HTTPField.Name {
    static let webhookID = HTTPField.Name("webhook-id")!
    static let webhookTimestamp = HTTPField.Name("webhook-timestamp")!
    static let webhookSignature = HTTPField.Name("webhook-signature")!
}
