public import HTTPKit
public import HTTPTypes
public import NIOCore

/// Where sockets are opened, and who decides about it.
public struct WebSocketRoute: Sendable {
    /// `/v1/ws`; compared with the request's path without its query.
    public var path: String
    public var configuration: WebSocketConfiguration
    /// Prefix of the `type` of refusals.
    public var problemTypeBase: String
    /// Decides about one correct handshake. Throw a `Failure` to refuse it: the client gets its problem document.
    /// Any other error is a 500. `RequestScope.current` is bound. Cancelled when the client goes away meanwhile.
    public var accept: @Sendable (WebSocketRequest) async throws -> WebSocketAcceptance

    /// Told of every handshake that was answered, on the event loop: for metrics and the access log, which see requests
    /// only. It must be quick and must not wait.
    public var answered: (@Sendable (AnsweredHandshake) -> Void)?

    public init(
        path: String, configuration: WebSocketConfiguration = WebSocketConfiguration(),
        problemTypeBase: String = Problem.defaultTypeBase,
        answered: (@Sendable (AnsweredHandshake) -> Void)? = nil,
        accept: @escaping @Sendable (WebSocketRequest) async throws -> WebSocketAcceptance
    ) {
        self.path = path
        self.configuration = configuration
        self.problemTypeBase = problemTypeBase
        self.answered = answered
        self.accept = accept
    }
}

/// A correct opening handshake that waits for its answer.
public struct WebSocketRequest: Sendable {
    public let head: HTTPRequest
    /// What names the handshake, and the socket after it, in logs.
    public let scope: RequestScope
    public let remoteAddress: SocketAddress?
    /// The loop the socket will live on.
    public let eventLoop: any EventLoop

    /// What the client offers, in its order of preference.
    public var subprotocols: [String] { head.headerFields.list(.secWebSocketProtocol) }
    /// Where the page came from that opens the socket; nil for clients that are no browsers.
    public var origin: String? { head.headerFields[.origin] }
}

/// A handshake and what it was answered with: 101, or the status of the refusal.
public struct AnsweredHandshake: Sendable {
    public let head: HTTPRequest
    public let status: HTTPResponse.Status
    public let scope: RequestScope
    /// From the request's last byte to the answer.
    public let time: TimeAmount
    public let remoteAddress: SocketAddress?
}

/// Yes to a handshake.
public struct WebSocketAcceptance: Sendable {
    /// One of those the client offered, or nil.
    public var subprotocol: String?
    /// More fields for the 101 response.
    public var headers: HTTPFields
    /// Makes the socket's handler, on its event loop, right before `opened`.
    public var makeHandler: @Sendable (WebSocketConnection) -> any WebSocketHandler

    public init(
        subprotocol: String? = nil, headers: HTTPFields = [:],
        makeHandler: @escaping @Sendable (WebSocketConnection) -> any WebSocketHandler
    ) {
        self.subprotocol = subprotocol
        self.headers = headers
        self.makeHandler = makeHandler
    }
}
