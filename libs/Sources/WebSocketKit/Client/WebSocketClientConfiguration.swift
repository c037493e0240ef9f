public import HTTPTypes
public import NIOSSL

/// What a client asks for, and how long and how much it waits for.
public struct WebSocketClientConfiguration: Sendable {
    /// Limits and times of the open socket.
    public var socket = WebSocketConfiguration()
    /// More fields for the handshake: `Authorization`, `Origin`. Those of the protocol itself are the client's to write.
    public var headers: HTTPFields = [:]
    /// In the order of preference. The server may pick one or none; anything else fails the connection.
    public var subprotocols: [String] = []
    /// Offered in this order (RFC 6455 §9.1); an answer that fits no offer fails the connection.
    public var extensions: [any WebSocketExtension] = []
    /// For `wss:`. The certificate must be good for the host's name, or address, unless this says otherwise.
    public var tls: TLSConfiguration = .makeClientConfiguration()
    /// How long the server's address may take to accept a connection.
    public var connectTimeout: Duration = .seconds(10)
    /// How long it all may take, TLS and the server's answer included.
    public var handshakeTimeout: Duration = .seconds(20)
    /// So much of a refusal's body is kept; the rest is dropped with the connection.
    public var maximumRefusalBytes = 65_536

    public init() {}
}
