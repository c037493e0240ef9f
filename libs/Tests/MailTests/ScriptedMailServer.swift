import NIOCore
import NIOPosix
import Synchronization

/// A mail server that says what a test tells it to, for what a real one cannot be made to do.
final class ScriptedMailServer: Sendable {
    enum Answer {
        /// As it is: with its line ends, or without.
        case bytes(String)
        case silence
        case close
    }

    private let channel: any Channel
    private let log: Log

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// `script` is told each line without its end, and `opened` of a connection.
    static func start(_ script: @escaping @Sendable (String) -> Answer) async throws -> ScriptedMailServer {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Conversation { line in
                            log.lines.withLock { $0.append(line) }
                            return script(line)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedMailServer(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        (self.channel, self.log) = (channel, log)
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var lines: [String] { log.lines.withLock { $0 } }

    deinit {
        channel.close(promise: nil)
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let script: (String) -> Answer
        private var rest = ByteBuffer()

        init(_ script: @escaping (String) -> Answer) {
            self.script = script
        }

        func channelActive(context: ChannelHandlerContext) {
            answer("opened", context)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            rest.writeBuffer(&bytes)
            while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest.readString(length: end - rest.readerIndex + 1) ?? ""
                answer(String(line.dropLast()), context)
            }
        }

        private func answer(_ line: String, _ context: ChannelHandlerContext) {
            switch script(line) {
            case .bytes(let text): context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            case .silence: break
            case .close: context.close(promise: nil)
            }
        }
    }
}
