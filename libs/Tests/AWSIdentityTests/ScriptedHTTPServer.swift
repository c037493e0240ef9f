import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server that answers as a test tells it to and closes each connection after its answer.
final class ScriptedHTTPServer: Sendable {
    struct Request: Sendable {
        /// The request line and the fields.
        let head: String
        let body: String

        var line: String { String(head.prefix { $0 != "\r\n" }) }
    }

    typealias Script = @Sendable (Request) -> (status: String, body: String)

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private let channel: any Channel
    private let log: Log

    static func start(_ script: @escaping Script) async throws -> ScriptedHTTPServer {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Conversation { request in
                            log.requests.withLock { $0.append(request) }
                            return script(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedHTTPServer(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        (self.channel, self.log) = (channel, log)
    }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    var requests: [Request] { log.requests.withLock { $0 } }

    deinit {
        channel.close(promise: nil)
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let script: Script
        private var text = ""

        init(_ script: @escaping Script) {
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return }
            let length =
                parts[0].split(separator: "\r\n").compactMap { line in
                    line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(15).drop { $0 == " " }) : nil
                }.first ?? 0
            guard parts[1].utf8.count >= length else { return }
            let (status, body) = script(Request(head: String(parts[0]), body: String(parts[1])))
            let answer =
                "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
            let written = context.writeAndFlush(NIOAny(ByteBuffer(string: answer)))
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }
}
