public import Foundation

/// The limits and times of chat sockets.
public struct LiveSettings: Sendable {
    /// Pages that may open a socket; clients that send no `Origin` are no browsers and always may.
    public var allowedOrigins: Set<String> = []
    /// Sockets of this process at most; beyond it the upgrade is refused with 503.
    public var maximumConnections = 20_000
    /// Rooms one socket may listen to.
    public var maximumSubscriptions = 200
    /// Frames a socket may send in a second for long, and how many in one go.
    public var framesPerSecond = 50.0
    public var frameBurst = 200.0
    /// How long a socket may stay without a token.
    public var authenticationTimeout: TimeInterval = 10
    /// How long before its token ends a client is told.
    public var expiryWarning: TimeInterval = 60
    /// Clients of a stopping replica are spread over this time.
    public var reconnectSpread: Duration = .seconds(5)
    /// More missed messages than this are not sent one by one.
    public var longestCatchUp: Int64 = 1_000
    /// How long a message that came too early waits for those before it until they are looked up in the log.
    public var gapPatience: Duration = .milliseconds(100)
    /// How often the hub compares its rooms with the log, usually and while signals may be lost.
    public var sweepInterval: Duration = .seconds(5)
    public var anxiousSweepInterval: Duration = .seconds(1)
    /// Prefix of the problems' `type`.
    public var problemTypeBase: String

    public init(problemTypeBase: String) {
        self.problemTypeBase = problemTypeBase
    }
}
