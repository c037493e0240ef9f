import DomainKit
public import HTTPKit
import UserDomain

/// How often somebody may try what is open to everybody.
public struct UserLimits: Sendable {
    /// From one address.
    public var signUpsPerMinute: Int
    /// From one address.
    public var signInsPerMinute: Int
    /// To one account, from wherever.
    public var signInsPerAccountPerMinute: Int
    let store: any RateLimitStore

    public init(
        signUpsPerMinute: Int, signInsPerMinute: Int, signInsPerAccountPerMinute: Int, store: any RateLimitStore
    ) {
        self.signUpsPerMinute = signUpsPerMinute
        self.signInsPerMinute = signInsPerMinute
        self.signInsPerAccountPerMinute = signInsPerAccountPerMinute
        self.store = store
    }

    var signUp: RateLimitPolicy { RateLimitPolicy("sign-up", quota: signUpsPerMinute, per: .seconds(60)) }
    var signIn: RateLimitPolicy { RateLimitPolicy("sign-in", quota: signInsPerMinute, per: .seconds(60)) }

    var account: AccountLimit {
        AccountLimit(
            policy: RateLimitPolicy("sign-in-account", quota: signInsPerAccountPerMinute, per: .seconds(60)),
            store: store)
    }
}

/// Slows down whoever guesses one account's password, from however many addresses.
struct AccountLimit: Sendable {
    let policy: RateLimitPolicy
    let store: any RateLimitStore

    /// Counts unknown addresses as known ones. Fails: rate limited.
    func admit(signInTo email: String) async throws {
        guard let address = try? EmailAddress(email) else { return }
        try await admit(address.description)
    }

    /// For guesses that come with an access token. Fails: rate limited.
    func admit(passwordOf user: UserID) async throws {
        try await admit(user.description)
    }

    private func admit(_ key: String) async throws {
        let decision = try await store.take(1, from: policy, for: key)
        guard decision.isAllowed else { throw Failure.rateLimited(decision).with(policy.fields(decision)) }
    }
}
