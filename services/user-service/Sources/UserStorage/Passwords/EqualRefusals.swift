import Synchronization

/// Keeps refusals equally long, whatever the effort of the hash that was checked.
///
/// Time does not go with memory times passes alone: caches and page tables have a share in it, which differs between machines.
/// So what is hashed after a weaker hash begins at what `Argon2Effort.rest` reckons, and follows what is measured: it grows as
/// long as such refusals come sooner than those of the wanted effort, and shrinks as long as they come later.
final class EqualRefusals: Sendable {
    /// What one measured refusal counts beside all before it, and the most that it may change: one that was interrupted is soon
    /// made up for.
    private static let weight = 0.1
    private static let mostAtOnce = 0.05

    private struct State {
        /// How long hashes of the wanted effort took lately.
        var whole: Duration?
        /// How much more or less memory than reckoned the rest after a hash of this effort has.
        var factors: [Argon2Effort: Double] = [:]
    }

    private let wanted: Argon2Effort
    private let state = Mutex(State())

    init(wanted: Argon2Effort) {
        self.wanted = wanted
    }

    /// What is to be hashed after a wrong password was held against a hash of `effort`; nil where that took as long by itself.
    func rest(after effort: Argon2Effort) -> Argon2Effort? {
        guard var rest = effort.rest(to: wanted) else { return nil }
        let factor = state.withLock { $0.factors[effort] ?? 1 }
        rest.memoryKiB = UInt32(max(8, Double(rest.memoryKiB) * factor))
        return rest
    }

    /// A hash of `effort` took `duration`; nothing is learned from those that are neither wanted nor filled up.
    func hashed(_ effort: Argon2Effort, in duration: Duration) {
        guard effort == wanted else { return }
        state.withLock { state in
            let whole = state.whole ?? duration
            state.whole = whole + (duration - whole) * Self.weight
        }
    }

    /// A hash of `effort` took `duration`, and the rest after it took `rest`.
    func filledUp(_ effort: Argon2Effort, in duration: Duration, rest: Duration) {
        guard rest > .zero else { return }
        state.withLock { state in
            guard let whole = state.whole else { return }
            let change = (whole - duration - rest) / rest * Self.weight
            let factor = (state.factors[effort] ?? 1) * (1 + min(max(change, -Self.mostAtOnce), Self.mostAtOnce))
            // A machine on which the reckoning is worse than this by itself is one that does something else meanwhile.
            state.factors[effort] = min(max(factor, 0.5), 2)
        }
    }
}
