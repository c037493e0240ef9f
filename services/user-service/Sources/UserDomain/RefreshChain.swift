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
        /// Spent a moment ago, or not long ago for a successor nobody has used: by a caller who lost the reply or by another
        /// tab. It gets the same successor.
        case repeated
        /// Spent longer ago: two parties hold it, and one of them should not.
        case reused
        /// Not of this chain.
        case foreign
    }

    /// - Parameter now: the time of the store that wrote `spentAt`.
    public func standing(
        of token: RefreshToken, at now: Date, rules: SessionRules, secrets: some RefreshSecrets
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
        // One step: its successor is the newest, which nobody has spent.
        let grace = steps == 1 ? max(rules.unusedGrace, rules.reuseGrace) : rules.reuseGrace
        return now.timeIntervalSince(spentAt[index]) <= grace / .seconds(1) ? .repeated : .reused
    }

    /// What the chain becomes when its newest token is spent; when that was, the store adds.
    public struct Step: Sendable, Hashable {
        public let generation: UInt32
        public let digest: Data
        /// When those before it were spent, as far as that still matters.
        public let earlier: [Date]

        public init(generation: UInt32, digest: Data, earlier: [Date]) {
            self.generation = generation
            self.digest = digest
            self.earlier = earlier
        }

        /// The chain once the step is stored.
        public func chain(spentAt now: Date) -> RefreshChain {
            RefreshChain(generation: generation, digest: digest, spentAt: earlier + [now])
        }
    }

    /// What spending its newest token, `token`, makes of the chain; nil at its end, after four billion.
    public func spending(
        _ token: RefreshToken, at now: Date, rules: SessionRules, secrets: some RefreshSecrets
    ) -> Step? {
        let (next, isOver) = generation.addingReportingOverflow(1)
        guard !isOver else { return nil }
        let earlier = spentAt.drop { now.timeIntervalSince($0) > rules.reuseGrace / .seconds(1) }
        return Step(
            generation: next, digest: secrets.digest(of: secrets.successor(of: token.secret)),
            earlier: Array(earlier.suffix(Self.longestMemory - 1)))
    }
}

extension RefreshToken {
    /// Only of one that has been spent, and so is not the last there can be.
    func successor(_ secrets: some RefreshSecrets) -> RefreshToken {
        RefreshToken(session: session, generation: generation &+ 1, secret: secrets.successor(of: secret))
    }
}
