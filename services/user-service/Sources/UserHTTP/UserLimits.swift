public import HTTPKit

/// How often somebody may try what is open to everybody, from one network. Wrong passwords are counted by `GuessBudgets`.
///
/// Where the store they share is away, each replica counts for itself: nobody should be unable to sign in for that.
public struct UserLimits: Sendable {
    public var signUpsPerMinute: Int
    public var signInsPerMinute: Int
    public var refreshesPerMinute: Int
    public var tokenRequestsPerMinute: Int
    let store: any RateLimitStore

    public init(
        signUpsPerMinute: Int, signInsPerMinute: Int, refreshesPerMinute: Int, tokenRequestsPerMinute: Int,
        store: any RateLimitStore
    ) {
        self.signUpsPerMinute = signUpsPerMinute
        self.signInsPerMinute = signInsPerMinute
        self.refreshesPerMinute = refreshesPerMinute
        self.tokenRequestsPerMinute = tokenRequestsPerMinute
        self.store = store
    }

    var signUp: RateLimitPolicy { perMinute("sign-up", signUpsPerMinute) }
    var signIn: RateLimitPolicy { perMinute("sign-in", signInsPerMinute) }
    var refresh: RateLimitPolicy { perMinute("refresh", refreshesPerMinute) }
    var token: RateLimitPolicy { perMinute("token", tokenRequestsPerMinute) }

    private func perMinute(_ name: String, _ quota: Int) -> RateLimitPolicy {
        RateLimitPolicy(name, quota: quota, per: .seconds(60), whenAway: .countedHere)
    }
}
