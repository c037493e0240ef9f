import DomainKit
import Metrics
import VideoDomain

/// Counts what quotas turned away (`quota_refusals_total`), by the name clients know the quota by.
enum QuotaMetrics {
    /// Runs `check`, and counts its refusal.
    static func counting(_ check: () throws(Failure) -> Void) throws(Failure) {
        do {
            try check()
        } catch {
            if error.code == Failure.quotaExceededCode, case .text(let quota)? = error.extensions["quota"] {
                Counter(label: "quota_refusals_total", dimensions: [("quota", quota)]).increment()
            }
            throw error
        }
    }
}
