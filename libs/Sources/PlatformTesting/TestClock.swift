public import DomainKit
public import Foundation
internal import Synchronization

/// A clock that stands until it is moved. It begins on a whole second, which every store keeps as it is.
public final class TestClock: WallClock {
    private let time: Mutex<Date>

    public init(_ now: Date = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded())) {
        time = Mutex(now)
    }

    public var now: Date { time.withLock { $0 } }

    public func advance(by time: Duration) {
        self.time.withLock { $0 += time / .seconds(1) }
    }
}
