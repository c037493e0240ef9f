public import NIOCore

/// Limits and times of the sockets of one route.
public struct WebSocketConfiguration: Sendable {
    /// Longest message taken, fragments together. Beyond it: `.messageTooBig`.
    public var maximumMessageBytes = 65_536
    /// `writabilityChanged` reports when more than this waits to be sent.
    public var highWaterMark = 65_536
    /// `fellBehind` is called when more than this waits to be sent.
    public var maximumPendingBytes = 1_048_576
    /// A socket silent for this long is sent a ping; silent for twice as long, it is given up.
    public var pingInterval: TimeAmount = .seconds(30)
    /// How long a peer may take to answer a close frame.
    public var closeTimeout: TimeAmount = .seconds(5)
    /// How long an application may take to close a socket after `draining`.
    public var drainTimeout: TimeAmount = .seconds(5)
    /// What a violation is answered with; RFC 6455's codes by default.
    public var closeCode: @Sendable (WebSocketViolation) -> WebSocketCloseCode = { $0.standardCloseCode }

    public init() {}
}
