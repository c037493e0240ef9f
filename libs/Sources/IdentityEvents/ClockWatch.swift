import DomainKit
import Foundation
import Logging
import Metrics
import Synchronization

/// Whether this machine's clock can be relied on.
final class ClockWatch: Sendable {
    private let clock: any WallClock
    private let logger: Logger
    private let judgement = Atomic(false)
    private let offset = Gauge(label: "clock_offset_seconds")

    init(_ clock: any WallClock, logger: Logger) {
        self.clock = clock
        self.logger = logger
    }

    var isOff: Bool { judgement.load(ordering: .relaxed) }

    /// To be taken before the witnesses are asked.
    func look() -> Date { clock.now }

    /// Holds the clock against the witnesses', which were asked since `look`. If that is a while ago, as when the process
    /// was stopped meanwhile, it says nothing.
    func compare(with witnesses: WitnessedClocks?, since look: Date) {
        let now = clock.now
        guard let witnesses, (0..<1).contains(now.timeIntervalSince(look)) else { return }
        let seconds = witnesses.offset(of: now)
        offset.record(seconds)
        guard let isOff = witnesses.contradict(now) else { return }
        guard judgement.exchange(isOff, ordering: .relaxed) != isOff else { return }
        if isOff {
            logger.error("this machine's clock is off: not ready", metadata: ["ahead_seconds": "\(seconds)"])
        } else {
            logger.notice("this machine's clock is right again", metadata: ["ahead_seconds": "\(seconds)"])
        }
    }
}
