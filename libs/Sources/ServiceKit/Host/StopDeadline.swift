import Foundation
import Logging
import Synchronization
import Timing

/// Ends the process when a stop takes too long: code that ignores its cancellation must not make the platform's
/// patience end in a kill, which would cost the log its last lines.
final class StopDeadline: Sendable {
    private let isMet = Mutex(false)

    /// Exits with 1 after `limit`, unless `met` was called before. At least a second is given.
    func start(_ limit: Duration, _ logger: Logger) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(max(1_000, limit.wholeMilliseconds))) {
            guard !self.isMet.withLock({ $0 }) else { return }
            logger.error("still not stopped; leaving what is left")
            LogSink.standardError.flush()
            _exit(1)
        }
    }

    func met() { isMet.withLock { $0 = true } }
}
