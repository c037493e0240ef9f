public import Foundation

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

/// What a call has in hand that may begin.
public struct IdempotencyHold: Sendable, Hashable {
    /// Proves to the store that the claim is still this call's.
    public let token: UUID
    /// The identity of what the call makes: the same for every call of this key and content until its answer is kept, so
    /// that one which comes after a crash finds what the first one made instead of making it again.
    public let effectID: UUID

    public init(token: UUID, effectID: UUID) {
        self.token = token
        self.effectID = effectID
    }
}

/// What a store says to a call that wants to begin.
public enum IdempotencyClaim: Sendable, Hashable {
    /// Nobody is known to have finished this: do it, then `complete` it, `abandon` it, or let its lease end.
    case fresh(IdempotencyHold)
    /// It was done: give this answer.
    case done(StoredAnswer)
    /// It is being done right now.
    case running
    /// The key was used for a call with another content.
    case mismatch
}

/// The port behind `Idempotency-Key`. `IdempotencyStoreContract` in PlatformTesting holds every implementation to this.
public protocol IdempotencyStore: Sendable {
    /// Claims `key` in one atomic step.
    ///
    /// A claim is `running` for `lease`. When that ends without an answer, as after a crash, the next call of the same
    /// content gets it with a new token and the same effect id; one of another content is a mismatch all the same, as
    /// nobody knows what was done. A completed one is `done` until `keep` has passed since its claim.
    /// Fails: `platform.unavailable`.
    func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim

    /// Lets the lease end `lease` from now; with zero at once, for a call that does not know what it did.
    /// False when `token` no longer holds the claim. Fails: `platform.unavailable`.
    func renew(_ key: IdempotencyKey, token: UUID, lease: Duration) async throws -> Bool

    /// Keeps the answer. Does nothing when `token` no longer holds the claim. Fails: `platform.unavailable`.
    func complete(_ key: IdempotencyKey, token: UUID, answer: StoredAnswer) async throws

    /// Gives up the claim of a call that changed nothing, so that the next one begins afresh, whatever its content. After
    /// a call before this one that nobody heard the end of, only the lease ends. Does nothing when `token` no longer
    /// holds the claim. Fails: `platform.unavailable`.
    func abandon(_ key: IdempotencyKey, token: UUID) async throws
}
