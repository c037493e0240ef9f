import Foundation
public import NIOCore
import NIOPosix

/// A WebSocket client for tests that says exactly what it is told to, correct or not, and hands out what it receives in
/// order. For everything a correct client says there is `TestSocket`.
///
/// It answers pings by itself and nothing else; close frames are the test's to send.
public final class RawSocket: Sendable {
    /// What the server's 101 carried; names in lower case.
    public let responseHeaders: [String: String]
    private let channel: any Channel
    private let inbox: NIOLoopBound<RawSocketHandler>

    /// Opens a socket. Throws `RefusedSocket` when the server does not want it.
    public static func connect(
        host: String = "127.0.0.1", port: Int, path: String = "/v1/ws", headers: [(String, String)] = [],
        subprotocols: [String] = []
    ) async throws -> RawSocket {
        var fields = [
            ("Host", "\(host):\(port)"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", sampleKey),
        ]
        if !subprotocols.isEmpty {
            fields.append(("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
        }
        return try await handshake(
            host: host, port: port, requestLine: "GET \(path) HTTP/1.1", fields: fields + headers)
    }

    /// Opens a socket with exactly these header fields; for handshakes that are wrong on purpose.
    public static func handshake(
        host: String = "127.0.0.1", port: Int, requestLine: String, fields: [(String, String)]
    ) async throws -> RawSocket {
        let request = requestLine + "\r\n" + fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
        let (channel, inbox) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = RawSocketHandler(eventLoop: channel.eventLoop)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
        try await channel.writeAndFlush(ByteBuffer(string: request))
        let limit = channel.eventLoop.scheduleTask(in: .seconds(10)) { inbox.value.handshake.fail(SocketTimedOut()) }
        defer { limit.cancel() }
        let headers: [String: String]
        do {
            headers = try await channel.eventLoop.flatSubmit { inbox.value.handshake.futureResult }.get()
        } catch {
            channel.close(promise: nil)
            throw error
        }
        return RawSocket(channel: channel, inbox: inbox, responseHeaders: headers)
    }

    /// The key of RFC 6455 §1.3, whose answer is `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`.
    public static let sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

    private init(channel: any Channel, inbox: NIOLoopBound<RawSocketHandler>, responseHeaders: [String: String]) {
        self.channel = channel
        self.inbox = inbox
        self.responseHeaders = responseHeaders
    }

    /// The next message; nil once the server has closed the connection. Throws `SocketTimedOut` when nothing comes.
    public func next(within limit: TimeAmount = .seconds(10)) async throws -> SocketMessage? {
        try await channel.eventLoop.flatSubmit { [inbox] in inbox.value.messages.next(within: limit) }.get()
    }

    /// The next message, which must be text.
    public func nextText(within limit: TimeAmount = .seconds(10)) async throws -> String {
        try SocketMessage.text(of: await next(within: limit))
    }

    public func send(_ text: String) async throws {
        try await send(frame: 0x1, Array(text.utf8))
    }

    public func send(binary bytes: [UInt8]) async throws {
        try await send(frame: 0x2, bytes)
    }

    public func ping(_ payload: [UInt8] = []) async throws {
        try await send(frame: 0x9, payload)
    }

    public func close(_ code: UInt16 = 1000, reason: String = "") async throws {
        try await send(frame: 0x8, [UInt8(code >> 8), UInt8(code & 0xff)] + Array(reason.utf8))
    }

    /// Sends one frame as described, whether it makes sense or not.
    public func send(
        frame opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, reservedBits: UInt8 = 0, isMasked: Bool = true
    ) async throws {
        try await send(
            raw: Self.frame(opcode, payload, isFinal: isFinal, reservedBits: reservedBits, isMasked: isMasked))
    }

    /// The bytes of a frame, so that several can be sent in one piece or one in several.
    public static func frame(
        _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, reservedBits: UInt8 = 0, isMasked: Bool = true
    ) -> [UInt8] {
        let mask: [UInt8] = isMasked ? [0x37, 0xfa, 0x21, 0x3d] : []
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode]
        let flag: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ...125: bytes.append(flag | UInt8(payload.count))
        case ...0xffff: bytes += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: bytes += [flag | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        bytes += mask
        bytes += isMasked ? payload.enumerated().map { $1 ^ mask[$0 % 4] } : payload
        return bytes
    }

    public func send(raw bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Stops or resumes reading from the connection; a test's slow reader.
    public func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    /// Sends the end of the stream and goes on reading.
    public func closeOutput() async throws {
        try await channel.close(mode: .output)
    }

    /// Drops the connection without a word.
    public func disconnect() async {
        try? await channel.close()
    }
}
