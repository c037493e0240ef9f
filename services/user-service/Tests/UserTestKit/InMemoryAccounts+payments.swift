import DomainKit
import Foundation
import IdentityEvents
public import UserDomain

struct DeliveryKey: Hashable {
    let source: PaymentSource
    let id: String
}

struct KeptDelivery {
    let digest: Data
    let outcome: DeliveryOutcome
}

extension InMemoryAccounts: MembershipReports {
    public func take(
        _ delivery: WebhookDelivery, _ report: MembershipReport?, requestID: String
    ) async throws -> DeliveryReceipt {
        try run { [now = clock.now] state in
            try delivery.check(at: now)
            let key = DeliveryKey(source: delivery.source, id: delivery.id)
            if let kept = state.deliveries[key] {
                try delivery.check(isRepeatOf: kept.digest)
                return DeliveryReceipt(kept.outcome, isRepeat: true)
            }
            let author = AuditAuthor(
                actor: .source(delivery.source), requestID: requestID, reason: "webhook-id \(delivery.id)")
            let outcome = try report.map { try state.apply($0, from: delivery.source, by: author, at: now) } ?? .ignored
            state.deliveries[key] = KeptDelivery(digest: delivery.digest, outcome: outcome)
            return DeliveryReceipt(outcome)
        }
    }
}

extension InMemoryAccounts.State {
    fileprivate mutating func apply(
        _ report: MembershipReport, from source: PaymentSource, by author: AuditAuthor, at now: Date
    ) throws -> DeliveryOutcome {
        let id = report.userID
        let former = credentials(of: id, at: now)?.user
        let verdict = try report.verdict(on: former, from: source, last: reported[id]?[source], at: now)
        if let former, let present = verdict.present, let ruling = verdict.ruling {
            accounts[id]?.user = present
            tell(.membershipChanged, id, epoch: present.epoch, at: now)
            try write(ruling, from: former, to: present, by: author, at: now)
        }
        if verdict.counts { reported[id, default: [:]][source] = report.at }
        return verdict.outcome
    }
}
