import HTTPTypes
public import NIOCore
import WebSocketKit

/// A WebSocketKit client for tests: a correct one, which hands out what it receives in order. What no correct client says
/// `RawSocket` says.
///
/// It answers pings and closes by itself, and takes messages of any length.
public final class TestSocket: Sendable {
    /// What the server's 101 carried; names in lower case.
    public let responseHeaders: [String: String]
    private let connection: WebSocketConnection
    private let handler: NIOLoopBound<Handler>

    /// Opens a socket. Throws `RefusedSocket` when the server does not want it.
    public static func connect(
        host: String = "127.0.0.1", port: Int, path: String = "/v1/ws", headers: [(String, String)] = [],
        subprotocols: [String] = []
    ) async throws -> TestSocket {
        var configuration = WebSocketClientConfiguration()
        configuration.socket.maximumMessageBytes = .max
        configuration.socket.pingInterval = .seconds(3_600)
        configuration.subprotocols = subprotocols
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { configuration.headers.append(HTTPField(name: name, value: value)) }
        }
        let (opened, opening) = AsyncStream.makeStream(of: (NIOLoopBound<Handler>, [String: String]).self)
        do {
            let connection = try await WebSocketClient(configuration).connect(to: "ws://\(host):\(port)\(path)") {
                let handler = Handler(eventLoop: $0.eventLoop)
                opening.yield((NIOLoopBound(handler, eventLoop: $0.eventLoop), $1.response.namesInLowerCase))
                return handler
            }
            for await (handler, headers) in opened {
                return TestSocket(connection, handler, responseHeaders: headers)
            }
            throw CancellationError()
        } catch WebSocketClientError.refused(let response, let body) {
            throw RefusedSocket(
                status: response.status.code, headers: response.namesInLowerCase, body: String(buffer: body))
        }
    }

    private init(_ connection: WebSocketConnection, _ handler: NIOLoopBound<Handler>, responseHeaders: [String: String])
    {
        self.connection = connection
        self.handler = handler
        self.responseHeaders = responseHeaders
    }

    /// The next message; nil once the socket has ended, after its close frame. Throws `SocketTimedOut` when nothing comes.
    public func next(within limit: TimeAmount = .seconds(10)) async throws -> SocketMessage? {
        try await connection.eventLoop.flatSubmit { [handler] in handler.value.messages.next(within: limit) }.get()
    }

    /// The next message, which must be text.
    public func nextText(within limit: TimeAmount = .seconds(10)) async throws -> String {
        try SocketMessage.text(of: await next(within: limit))
    }

    /// Says nothing, like every call that sends, once the socket is closing; what closed it is the last message.
    public func send(_ text: String) async throws {
        try await send(EncodedFrame(text: text))
    }

    public func send(binary bytes: [UInt8]) async throws {
        try await send(EncodedFrame(binary: ByteBuffer(bytes: bytes)))
    }

    private func send(_ frame: EncodedFrame) async throws {
        try await connection.eventLoop.submit { [connection] in connection.send(frame) }.get()
    }

    /// Stops or resumes reading from the connection; a test's slow reader.
    public func setReading(_ isReading: Bool) async throws {
        try await connection.eventLoop.submit { [connection] in connection.setReading(isReading) }.get()
    }

    /// Says that it closes, and hears the server's close frame as the last message.
    public func close(_ code: UInt16 = 1000, reason: String = "") {
        connection.close(WebSocketCloseCode(code), reason: reason)
    }

    /// Drops the connection without a word.
    public func disconnect() async {
        try? await connection.eventLoop.submit { [connection] in connection.abort() }.get()
    }

    private final class Handler: WebSocketHandler {
        let messages: SocketMessages

        init(eventLoop: any EventLoop) { messages = SocketMessages(eventLoop: eventLoop) }

        func opened(_ connection: WebSocketConnection) {}

        func received(text: ByteBuffer, on connection: WebSocketConnection) {
            messages.deliver(.text(String(buffer: text)))
        }

        func received(binary: ByteBuffer, on connection: WebSocketConnection) {
            messages.deliver(.binary(Array(binary.readableBytesView)))
        }

        func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
            if code != .abnormal { messages.deliver(.close(code.rawValue, reason: reason)) }
            messages.end()
        }
    }
}

extension HTTPResponse {
    fileprivate var namesInLowerCase: [String: String] {
        Dictionary(headerFields.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
    }
}
