public import HTTPKit

/// How often somebody may do what costs more than an answer.
///
/// Signed addresses have no limit here: who makes them up spends a comparison of ours, which is less than asking how often
/// they did, and the gateway counts all requests of an address.
public struct VideoLimits: Sendable {
    public var uploadsPerMinute: Int
    public var reportsPerMinute: Int
    public var sharesPerMinute: Int
    let store: any RateLimitStore

    public init(uploadsPerMinute: Int, reportsPerMinute: Int, sharesPerMinute: Int, store: any RateLimitStore) {
        self.uploadsPerMinute = uploadsPerMinute
        self.reportsPerMinute = reportsPerMinute
        self.sharesPerMinute = sharesPerMinute
        self.store = store
    }

    /// Uploads begun by one account. Where the store they share is away, each replica counts for itself: how much an account
    /// may have at all is a matter of its quotas, and those are kept in the database.
    var upload: RateLimitPolicy {
        RateLimitPolicy("uploads", quota: uploadsPerMinute, per: .seconds(60), whenAway: .countedHere)
    }

    /// Reports and appeals of one account. Each video can be reported once, so that this is against many at once.
    var report: RateLimitPolicy {
        RateLimitPolicy("reports", quota: reportsPerMinute, per: .seconds(60), whenAway: .countedHere)
    }

    /// Shares made and taken back by one account: each ends links, which all replicas are told of.
    var share: RateLimitPolicy {
        RateLimitPolicy("shares", quota: sharesPerMinute, per: .seconds(60), whenAway: .countedHere)
    }
}
