public import HTTPTypes
public import Logging
public import NIOCore

/// One opening handshake on the application's side: asked for the decision, words a refusal, hears of the answer.
///
/// A route makes one for each handshake, so that what names it in logs and traces is made once and goes with it:
///
/// ```swift
/// struct NamedHandshake: OpeningHandshake {
///     let id = UUID()
///     func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance { ... }
///     func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?) { log(id, status) }
/// }
/// ```
public protocol OpeningHandshake: Sendable {
    /// Decides about a correct handshake, in a task of its own, which is cancelled when the client goes away. Whatever it
    /// throws refuses the socket; `refusal(for:logger:)` is asked what the client is told.
    func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance

    /// The answer to a handshake that is refused, by `accept` or before it was asked. On the event loop: it must be quick and
    /// must not wait. The default is `WebSocketRefusal(failure)`, and a fault of `accept` in the log.
    func refusal(for failure: HandshakeFailure, logger: Logger) -> WebSocketRefusal

    /// Told once of the answer: 101 or a refusal's status, how long it took from the request's last byte, and to whom. For
    /// metrics and access logs, which see requests only. On the event loop, like `refusal`. A client that went away before
    /// the answer is not told of.
    func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?)
}

extension OpeningHandshake {
    public func refusal(for failure: HandshakeFailure, logger: Logger) -> WebSocketRefusal {
        if case .refused(let error) = failure, !(error is WebSocketRefusal) {
            logger.error("handshake failed", metadata: ["cause": "\(String(reflecting: error))"])
        }
        return WebSocketRefusal(failure)
    }

    public func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?) {}
}

/// A handshake that is nothing but a decision.
struct PlainHandshake: OpeningHandshake {
    let decide: @Sendable (WebSocketRequest) async throws -> WebSocketAcceptance

    func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance { try await decide(request) }
}

/// A correct opening handshake that waits for its answer.
public struct WebSocketRequest: Sendable {
    public let head: HTTPRequest
    /// The one that will be spoken if the socket opens; nil where the client offered none, or the route has none.
    public let subprotocol: String?
    public let remoteAddress: SocketAddress?
    /// The loop the socket will live on.
    public let eventLoop: any EventLoop

    /// Where the page came from that opens the socket; nil for clients that are no browsers.
    public var origin: String? { head.headerFields[.origin] }
}

/// Yes to a handshake.
public struct WebSocketAcceptance: Sendable {
    /// More fields for the 101 response.
    public var headers: HTTPFields
    /// Makes the socket's handler, on its event loop, right before `opened`.
    public var makeHandler: @Sendable (WebSocketConnection) -> any WebSocketHandler

    public init(
        headers: HTTPFields = [:], makeHandler: @escaping @Sendable (WebSocketConnection) -> any WebSocketHandler
    ) {
        self.headers = headers
        self.makeHandler = makeHandler
    }
}
