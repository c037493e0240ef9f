public import HTTPKit

/// How often somebody may try what is open to everybody, from one network, and how often a service or one of those who look
/// after the platform may ask what accounts may do. Wrong passwords are counted by `GuessBudgets`.
///
/// Where the store they share is away, each replica counts for itself. Nobody should be unable to sign in, or to get what was
/// paid for, for that; and without decisions nobody uploads, watches or joins, while asking for one costs a look-up.
public struct UserLimits: Sendable {
    public var signUpsPerMinute: Int
    public var signInsPerMinute: Int
    public var mailsPerMinute: Int
    public var refreshesPerMinute: Int
    public var tokenRequestsPerMinute: Int
    public var webhooksPerMinute: Int
    /// Calls of one service, of up to a hundred questions each.
    public var decisionsPerMinute: Int
    /// Calls of one person.
    public var explanationsPerMinute: Int
    let store: any RateLimitStore

    public init(
        signUpsPerMinute: Int, signInsPerMinute: Int, mailsPerMinute: Int, refreshesPerMinute: Int,
        tokenRequestsPerMinute: Int, webhooksPerMinute: Int, decisionsPerMinute: Int, explanationsPerMinute: Int,
        store: any RateLimitStore
    ) {
        self.signUpsPerMinute = signUpsPerMinute
        self.signInsPerMinute = signInsPerMinute
        self.mailsPerMinute = mailsPerMinute
        self.refreshesPerMinute = refreshesPerMinute
        self.tokenRequestsPerMinute = tokenRequestsPerMinute
        self.webhooksPerMinute = webhooksPerMinute
        self.decisionsPerMinute = decisionsPerMinute
        self.explanationsPerMinute = explanationsPerMinute
        self.store = store
    }

    var signUp: RateLimitPolicy { perMinute("sign-up", signUpsPerMinute) }
    var signIn: RateLimitPolicy { perMinute("sign-in", signInsPerMinute) }
    var mail: RateLimitPolicy { perMinute("mail", mailsPerMinute) }
    /// Tokens of mails cannot be guessed; to look for one costs us as much as a sign-in.
    var mailToken: RateLimitPolicy { perMinute("mail-token", signInsPerMinute) }
    var refresh: RateLimitPolicy { perMinute("refresh", refreshesPerMinute) }
    var token: RateLimitPolicy { perMinute("token", tokenRequestsPerMinute) }
    /// For those who have no secret and make us look for one: a provider sends again what was too much.
    var webhook: RateLimitPolicy { perMinute("webhook", webhooksPerMinute) }

    var decisions: RateLimitPolicy { perMinute("decisions", decisionsPerMinute) }
    var explanations: RateLimitPolicy { perMinute("explanations", explanationsPerMinute) }

    private func perMinute(_ name: String, _ quota: Int) -> RateLimitPolicy {
        RateLimitPolicy(name, quota: quota, per: .seconds(60), whenAway: .countedHere)
    }
}
