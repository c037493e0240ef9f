/// Limits and times of the sockets of one route, or of one client.
///
/// Times are kept by a wheel of whole seconds: each may come up to a second late, and none is shorter than one.
public struct WebSocketConfiguration: Sendable {
    /// Longest message taken, fragments together and after extensions. Beyond it: `.messageTooBig`.
    public var maximumMessageBytes = 65_536
    /// `writabilityChanged` reports when more than this waits to be sent.
    public var highWaterMark = 65_536
    /// `fellBehind` is called when more than this waits to be sent.
    public var maximumPendingBytes = 1_048_576
    /// A socket silent for this long is sent a ping; silent for twice as long, it is given up.
    public var pingInterval: Duration = .seconds(30)
    /// How long a peer may take to answer a close frame.
    public var closeTimeout: Duration = .seconds(5)
    /// How long an application may take to close a socket after `draining`. Of no meaning to clients.
    public var drainTimeout: Duration = .seconds(5)
    /// What a violation is answered with; RFC 6455's codes by default.
    public var closeCode: @Sendable (WebSocketViolation) -> WebSocketCloseCode = { $0.standardCloseCode }

    public init() {}
}

/// What the sockets of one route have in common, held once.
final class WebSocketSettings: Sendable {
    let configuration: WebSocketConfiguration
    let isClient: Bool
    let ping = EncodedFrame(.ping, payload: [])

    init(_ configuration: WebSocketConfiguration, isClient: Bool = false) {
        self.configuration = configuration
        self.isClient = isClient
    }
}
