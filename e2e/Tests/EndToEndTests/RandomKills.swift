import Foundation
import PlatformTesting

extension EndToEnd {
    /// Kills parts of the platform at random and brings them back, one or two at a time.
    struct RandomKills {
        /// The same seed kills the same parts in the same order.
        private var numbers: SplitMix64

        init(seed: UInt64) {
            numbers = SplitMix64(seed: seed)
        }

        /// Returns what was killed; every part runs again.
        mutating func rage(
            among parts: [Platform.Part] = Platform.parts, until isOver: () -> Bool
        ) async throws -> [Platform.Part] {
            let clock = ContinuousClock()
            var killed: [Platform.Part] = []
            while !isOver() {
                let victims = parts.shuffled(using: &numbers).prefix(.random(in: 1...2, using: &numbers))
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
}
