import NIOCore
import NIOPosix

@testable import WebSocketKit

/// A TCP server that answers the first request of a connection with exactly what it is told, and keeps what else it hears.
final class ScriptedServer: Sendable {
    /// Made from the request's key.
    typealias Script = @Sendable (_ accept: String) -> [UInt8]

    let port: Int
    private let channel: any Channel
    private let heard: AsyncStream<[UInt8]>

    /// A 101 that fits the key, with `fields` more and `bytes` after it.
    static func accepting(_ fields: String = "", then bytes: [UInt8] = []) -> Script {
        { accept in
            let head =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n"
                + "Sec-WebSocket-Accept: \(accept)\r\n\(fields)\r\n"
            return Array(head.utf8) + bytes
        }
    }

    /// `closes` ends the connection after the answer.
    init(closes: Bool = false, _ script: @escaping Script) async throws {
        let (heard, hearing) = AsyncStream.makeStream(of: [UInt8].self)
        self.heard = heard
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script, closes, hearing))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// What came after the request up to now and until `count` bytes are there.
    func bytes(_ count: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        for await more in heard {
            bytes += more
            if bytes.count >= count { break }
        }
        return bytes
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let script: Script
        private let closes: Bool
        private let hearing: AsyncStream<[UInt8]>.Continuation
        private var request = ""
        private var isAnswered = false

        init(_ script: @escaping Script, _ closes: Bool, _ hearing: AsyncStream<[UInt8]>.Continuation) {
            self.script = script
            self.closes = closes
            self.hearing = hearing
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if isAnswered {
                hearing.yield(Array(bytes.readableBytesView))
                return
            }
            request += String(buffer: bytes)
            guard request.hasSuffix("\r\n\r\n") else { return }
            isAnswered = true
            let key = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key: ") }
            let answer = script(Handshake.acceptValue(for: String(key?.dropFirst(19) ?? "")))
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: answer)), promise: nil)
            if closes { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { hearing.finish() }
    }
}
