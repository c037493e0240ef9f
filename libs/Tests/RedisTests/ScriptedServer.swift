import NIOCore
import NIOPosix
import Synchronization
import Testing
import Timing

@testable import Redis

/// A server that answers as a test tells it to, for what a real one cannot be made to do.
final class ScriptedServer: Sendable {
    enum Answer {
        case reply(String)
        /// Reply to the first such command of the connection, and to nothing after it.
        case replyOnce(String)
        case silence
        case close
    }

    /// Told the words of a command and the number of its connection, from 1.
    typealias Script = @Sendable ([String], Int) -> Answer

    private struct Log {
        var received: [[String]] = []
        var connections = 0
    }

    private let script: Script
    private let log = Mutex(Log())
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ script: @escaping Script) {
        self.script = script
    }

    static func start(_ script: @escaping Script) async throws -> ScriptedServer {
        let server = ScriptedServer(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = server.log.withLock { log in
                        log.connections += 1
                        return log.connections
                    }
                    try channel.pipeline.syncOperations.addHandler(Conversation(server, number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        return server
    }

    var received: [[String]] { log.withLock { $0.received } }
    var connections: Int { log.withLock { $0.connections } }

    var configuration: RedisConfiguration {
        let port = channel.withLock { $0?.localAddress?.port ?? 0 }
        var configuration = RedisConfiguration(address: .host("127.0.0.1", port: port))
        configuration.backoff = Backoff(first: .milliseconds(5), longest: .milliseconds(20))
        return configuration
    }

    func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    private func answer(_ words: [String], _ connection: Int) -> Answer {
        log.withLock { $0.received.append(words) }
        return script(words, connection)
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let server: ScriptedServer
        private let number: Int
        private let parser: RESPParser
        private var isMute = false
        /// What a primary says of its role. The scripts are not asked, nor is it among what was received.
        private static let primary = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"

        init(_ server: ScriptedServer, _ number: Int) throws {
            self.server = server
            self.number = number
            parser = try RESPParser(sharesReads: false)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var commands: [RESPValue] = []
            try? parser.parse(unwrapInboundIn(data)) { commands.append($0) }
            for command in commands {
                if let word = try? command.decode([String].self).first, ["ROLE", "INFO"].contains(word) {
                    if !isMute { context.writeAndFlush(NIOAny(ByteBuffer(string: Self.primary)), promise: nil) }
                    continue
                }
                let answer = server.answer((try? command.decode([String].self)) ?? [], number)
                if isMute { continue }
                switch answer {
                case .reply(let text): context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
                case .replyOnce(let text):
                    context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
                    isMute = true
                case .silence: break
                case .close: context.close(promise: nil)
                }
            }
        }
    }
}
