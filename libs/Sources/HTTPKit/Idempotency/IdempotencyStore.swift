/// Names one repeatable call: the same key from another caller or to another route is another call.
public struct IdempotencyKey: Sendable, Hashable {
    public let caller: String
    /// Method and template: `POST /v1/rooms`.
    public let route: String
    public let key: String

    public init(caller: String, route: String, key: String) {
        self.caller = caller
        self.route = route
        self.key = key
    }
}

/// An answer kept to be given again.
public struct StoredAnswer: Sendable, Hashable {
    public let status: Int
    /// Names and values, in order; only the fields that belong to the answer and not to the request.
    public let fields: [Field]
    public let body: [UInt8]

    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(status: Int, fields: [Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// What a store says to a call that wants to begin.
public enum IdempotencyClaim: Sendable, Hashable {
    /// Nobody did this before: do it, then `complete` or `abandon` with this token.
    case fresh(token: String)
    /// It was done: give this answer.
    case done(StoredAnswer)
    /// It is being done right now.
    case running
    /// The key was used for a call with another content.
    case mismatch
}

/// The port behind `Idempotency-Key`. `IdempotencyStoreContract` in PlatformTesting holds every implementation to this.
///
/// A table that fits: primary key (caller, route, key), fingerprint, token, answer (null while running), expires_at.
public protocol IdempotencyStore: Sendable {
    /// Claims `key` in one atomic step.
    ///
    /// A claim is `running` for `lease`: when its process died, the next call after that gets it afresh, with a new
    /// token. A completed one is `done` until `keep` has passed since its claim. Fails: `platform.unavailable`.
    func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim

    /// Keeps the answer. Does nothing when `token` no longer holds the claim.
    func complete(_ key: IdempotencyKey, token: String, answer: StoredAnswer) async throws

    /// Gives the claim up, so that the next call begins afresh. Does nothing when `token` no longer holds it.
    func abandon(_ key: IdempotencyKey, token: String) async throws
}
