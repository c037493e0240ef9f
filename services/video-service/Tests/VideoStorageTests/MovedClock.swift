import DomainKit
import Foundation
import Synchronization

/// The time of day, moved on by the test.
final class MovedClock: WallClock {
    private let moved = Mutex<TimeInterval>(0)

    var now: Date { Date().addingTimeInterval(moved.withLock { $0 }) }

    func move(_ duration: Duration) {
        moved.withLock { $0 += duration / .seconds(1) }
    }
}
