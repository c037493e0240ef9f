public import Foundation

/// The keyed and plain hashes a refresh chain is made of; a port, so that the key stays outside the domain.
public protocol RefreshSecrets: Sendable {
    /// 256 random bits.
    func first() -> Data
    /// The one secret that follows `secret`: the same on every replica, not to be had without the service's key.
    func successor(of secret: Data) -> Data
    /// One way; what is stored.
    func digest(of secret: Data) -> Data
}

/// What is known of the refresh tokens of one session: the digest of the newest, and when the last few were spent.
public struct RefreshChain: Sendable, Hashable {
    /// How many tokens spent in quick succession still lead to their successor.
    private static let longestMemory = 32
    /// How far back a spent token is still told from a made up one. Ten thousand tokens are seventy days of use.
    private static let longestWalk: UInt32 = 10_000

    public let generation: UInt32
    public let digest: Data
    /// When generations `generation - count ..< generation` were spent.
    public let spentAt: [Date]

    public init(generation: UInt32, digest: Data, spentAt: [Date]) {
        self.generation = generation
        self.digest = digest
        self.spentAt = spentAt
    }

    /// The chain of a session that starts with `secret`.
    public init(first secret: Data, secrets: some RefreshSecrets) {
        self.init(generation: 0, digest: secrets.digest(of: secret), spentAt: [])
    }

    /// What a token is to its chain.
    public enum Standing: Sendable, Hashable {
        /// The newest: it is to be spent for its successor.
        case newest
        /// Spent a moment ago, by a caller who lost the reply or by another tab: it gets the same successor.
        case repeated
        /// Spent longer ago: two parties hold it, and one of them should not.
        case reused
        /// Not of this chain.
        case foreign
    }

    public func standing(
        of token: RefreshToken, at now: Date, grace: Duration, secrets: some RefreshSecrets
    ) -> Standing {
        guard token.generation <= generation else { return .foreign }
        let steps = generation - token.generation
        guard steps <= Self.longestWalk else { return .foreign }
        var secret = token.secret
        for _ in 0..<steps { secret = secrets.successor(of: secret) }
        guard secrets.digest(of: secret) == digest else { return .foreign }
        guard steps > 0 else { return .newest }
        let index = spentAt.count - Int(steps)
        guard spentAt.indices.contains(index) else { return .reused }
        return now.timeIntervalSince(spentAt[index]) <= grace / .seconds(1) ? .repeated : .reused
    }

    /// The chain after its newest token, `token`, was spent.
    public func spending(_ token: RefreshToken, at now: Date, grace: Duration, secrets: some RefreshSecrets)
        -> RefreshChain
    {
        let remembered = spentAt.drop { now.timeIntervalSince($0) > grace / .seconds(1) } + [now]
        return RefreshChain(
            generation: generation + 1, digest: secrets.digest(of: secrets.successor(of: token.secret)),
            spentAt: Array(remembered.suffix(Self.longestMemory)))
    }
}

extension RefreshToken {
    func successor(_ secrets: some RefreshSecrets) -> RefreshToken {
        RefreshToken(session: session, generation: generation + 1, secret: secrets.successor(of: secret))
    }
}
