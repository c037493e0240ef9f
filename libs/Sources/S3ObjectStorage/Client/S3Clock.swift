public import Foundation
import Synchronization

/// What time it is, and how one waits.
public struct S3Clock: Sendable {
    let now: @Sendable () -> Date
    let sleep: @Sendable (Duration) async throws -> Void

    public init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    public static let system = S3Clock(now: { Date() }, sleep: { try await Task.sleep(for: $0) })
}

/// The store's time: ours, with the difference that was found when it refused us for it. Signatures hold for a quarter of
/// an hour around it.
final class StoreTime: Sendable {
    private let clock: S3Clock
    private let difference = Mutex<TimeInterval>(0)

    init(_ clock: S3Clock) {
        self.clock = clock
    }

    var now: Date { clock.now().addingTimeInterval(difference.withLock { $0 }) }

    /// How far ours is behind; nil when that is nothing new, and asking again would change nothing.
    func learn(_ theirs: Date) -> TimeInterval? {
        let found = theirs.timeIntervalSince(clock.now())
        return difference.withLock { difference in
            guard (found - difference).magnitude > 1 else { return nil }
            difference = found
            return found
        }
    }
}
