import NIOCore
import NIOPosix
import Synchronization

/// An address that leads to another server from one moment on, for connections made after it; those made before stay
/// where they are. So do the names and virtual addresses behind which a primary is looked for.
final class SwitchingAddress: Sendable {
    private let target: Mutex<Int>
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ port: Int) {
        target = Mutex(port)
    }

    static func start(leadingTo port: Int) async throws -> SwitchingAddress {
        let address = SwitchingAddress(port)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { inbound in
                ClientBootstrap(group: inbound.eventLoop)
                    .channelInitializer { outbound in
                        outbound.eventLoop.makeCompletedFuture {
                            try outbound.pipeline.syncOperations.addHandler(Pipe(to: inbound))
                        }
                    }
                    .connect(host: "127.0.0.1", port: address.target.withLock { $0 })
                    .flatMapThrowing { outbound in
                        try inbound.pipeline.syncOperations.addHandler(Pipe(to: outbound))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        address.channel.withLock { $0 = channel }
        return address
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    func lead(to port: Int) {
        target.withLock { $0 = port }
    }

    func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    /// Hands on whatever comes; the end of one side ends the other.
    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) {
            self.other = other
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
