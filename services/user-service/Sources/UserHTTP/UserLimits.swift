public import HTTPKit

/// How often somebody may try what is open to everybody, from one address. Wrong passwords are counted by `GuessBudgets`.
public struct UserLimits: Sendable {
    public var signUpsPerMinute: Int
    public var signInsPerMinute: Int
    public var tokenRequestsPerMinute: Int
    let store: any RateLimitStore

    public init(
        signUpsPerMinute: Int, signInsPerMinute: Int, tokenRequestsPerMinute: Int, store: any RateLimitStore
    ) {
        self.signUpsPerMinute = signUpsPerMinute
        self.signInsPerMinute = signInsPerMinute
        self.tokenRequestsPerMinute = tokenRequestsPerMinute
        self.store = store
    }

    var signUp: RateLimitPolicy { RateLimitPolicy("sign-up", quota: signUpsPerMinute, per: .seconds(60)) }
    var signIn: RateLimitPolicy { RateLimitPolicy("sign-in", quota: signInsPerMinute, per: .seconds(60)) }
    var token: RateLimitPolicy { RateLimitPolicy("token", quota: tokenRequestsPerMinute, per: .seconds(60)) }
}
