public import HTTPTypes
public import NIOCore

/// Why a client has not got its socket. What the network or TLS says is thrown as it is.
///
/// No part of the address is in it, since addresses hold tokens.
public enum WebSocketClientError: Error, Sendable {
    /// What is wrong with it.
    case invalidURL(String)
    /// An answer other than 101, with as much of its body as the configuration lets in. Redirects are not followed.
    case refused(HTTPResponse, body: ByteBuffer)
    /// A 101 that does not fit the request (RFC 6455 §4.1), or something that is no HTTP; what about it.
    case invalidHandshake(String)
    /// The connection ended before the answer was whole.
    case connectionClosed
    /// `connectTimeout` or `handshakeTimeout` passed.
    case timedOut
}
