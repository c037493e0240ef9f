public import HTTPKit

/// How often somebody may do what costs more than an answer.
///
/// Signed addresses have no limit here: who makes them up spends a comparison of ours, which is less than asking how often
/// they did, and the gateway counts all requests of an address.
public struct VideoLimits: Sendable {
    public var uploadsPerMinute: Int
    let store: any RateLimitStore

    public init(uploadsPerMinute: Int, store: any RateLimitStore) {
        self.uploadsPerMinute = uploadsPerMinute
        self.store = store
    }

    /// Uploads begun by one account. Where the store they share is away, each replica counts for itself: how much an account
    /// may have at all is a matter of its quotas, and those are kept in the database.
    var upload: RateLimitPolicy {
        RateLimitPolicy("uploads", quota: uploadsPerMinute, per: .seconds(60), whenAway: .countedHere)
    }
}
