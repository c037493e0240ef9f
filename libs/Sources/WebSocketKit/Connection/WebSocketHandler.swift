public import NIOCore

/// The application's side of one socket, a server's or a client's.
///
/// Every call comes on the connection's event loop, one at a time, and must not block it: long work starts a task of
/// its own and answers through the connection. `opened` is the first call and `closed` the last; between them come
/// the messages in the order in which they were received.
public protocol WebSocketHandler: AnyObject {
    /// The handshake is done: frames may be sent.
    func opened(_ connection: WebSocketConnection)

    /// A whole text message, checked to be UTF-8.
    func received(text: ByteBuffer, on connection: WebSocketConnection)

    /// A whole binary message. The default closes the socket with the code of `.unexpectedBinary`.
    func received(binary: ByteBuffer, on connection: WebSocketConnection)

    /// The answer to a ping, with its payload; also one that nobody asked for (§5.5.3). The default does nothing: what a
    /// peer says at all shows that it lives.
    func received(pong: ByteBuffer, on connection: WebSocketConnection)

    /// More than `maximumPendingBytes` wait for a reader that does not read. Called for every frame beyond the limit
    /// until the application closes the socket or stops sending. The default closes it with 1008.
    func fellBehind(pendingBytes: Int, on connection: WebSocketConnection)

    /// Whether the operating system takes frames as they come; false once `pendingBytes` passes the high-water mark.
    func writabilityChanged(isWritable: Bool, on connection: WebSocketConnection)

    /// The server is about to stop; clients are never told. The default closes the socket with 1012 at once; an application that wants to
    /// say good-bye first must close it within `drainTimeout`, or it is closed for it.
    func draining(_ connection: WebSocketConnection)

    /// No frame will be received or sent any more. `code` and `reason` are those of the close frame that ended the
    /// connection, whichever side sent it first; `.abnormal` where there was none.
    ///
    /// Called once, never from inside a call of the application's own.
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection)
}

extension WebSocketHandler {
    public func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.fail(.unexpectedBinary)
    }

    public func received(pong: ByteBuffer, on connection: WebSocketConnection) {}

    public func fellBehind(pendingBytes: Int, on connection: WebSocketConnection) {
        connection.close(.policyViolation, reason: "reads too slowly")
    }

    public func writabilityChanged(isWritable: Bool, on connection: WebSocketConnection) {}

    public func draining(_ connection: WebSocketConnection) {
        connection.close(.serviceRestart)
    }
}
