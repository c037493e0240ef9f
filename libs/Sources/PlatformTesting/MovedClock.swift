public import DomainKit
public import Foundation
import Synchronization

/// The time of day, moved on by the test.
public final class MovedClock: WallClock {
    private let moved = Mutex<TimeInterval>(0)

    public var now: Date { Date().addingTimeInterval(moved.withLock { $0 }) }

    public init() {}

    public func move(_ duration: Duration) {
        moved.withLock { $0 += duration / .seconds(1) }
    }
}
