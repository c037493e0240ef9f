import Foundation

extension EndToEnd {
    /// Kills parts of the platform at random and brings them back, one or two at a time.
    struct RandomKills {
        /// The same seed kills the same parts in the same order.
        private var numbers: SeededNumbers

        init(seed: UInt64) {
            numbers = SeededNumbers(state: seed)
        }

        /// Returns what was killed; every part runs again.
        mutating func rage(until end: ContinuousClock.Instant) async throws -> [Platform.Part] {
            let clock = ContinuousClock()
            var killed: [Platform.Part] = []
            while clock.now < end {
                let victims = Platform.parts.shuffled(using: &numbers).prefix(
                    .random(in: 1...2, using: &numbers))
                for part in victims { try await Platform.kill(part) }
                // How long an outage lasts, and how long people have peace before the next one.
                try await clock.sleep(for: .milliseconds(.random(in: 0...1_500, using: &numbers)))
                for part in Platform.parts where victims.contains(part) { try await Platform.start(part) }
                try await clock.sleep(for: .milliseconds(.random(in: 200...2_000, using: &numbers)))
                killed += victims
            }
            return killed
        }
    }

    /// SplitMix64.
    private struct SeededNumbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
