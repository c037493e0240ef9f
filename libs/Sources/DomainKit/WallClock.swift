public import Foundation

/// The port through which a domain learns the time of day.
public protocol WallClock: Sendable {
    var now: Date { get }
}

public struct SystemWallClock: WallClock {
    public init() {}

    public var now: Date { Date() }
}
