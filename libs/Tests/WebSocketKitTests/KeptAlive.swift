import NIOCore
import NIOPosix

/// A raw connection, for tests that write HTTP and frames by hand.
struct KeptAlive {
    struct ClosedEarly: Error {
        var seen: String
    }

    private let channel: any Channel
    private let text: NIOLoopBound<Collector>

    static func connect(port: Int) async throws -> KeptAlive {
        let (channel, text) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let collector = Collector()
                    try channel.pipeline.syncOperations.addHandler(collector)
                    return (channel, NIOLoopBound(collector, eventLoop: channel.eventLoop))
                }
            }
        return KeptAlive(channel: channel, text: text)
    }

    func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Writes a request and reads until its response has come.
    func exchange(_ request: String, until mark: String = "hello") async throws -> String {
        try await write(Array(request.utf8))
        return try await read(until: mark)
    }

    /// Everything received since the last call up to what contains `mark`.
    func read(until mark: String) async throws -> String {
        try await channel.eventLoop.flatSubmit { [channel, text] in
            text.value.wait(for: mark, on: channel.eventLoop)
        }.get()
    }

    func close() async {
        try? await channel.close()
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var bytes: [UInt8] = []
        private var waiter: (mark: String, promise: EventLoopPromise<String>)?

        func wait(for mark: String, on eventLoop: any EventLoop) -> EventLoopFuture<String> {
            let promise = eventLoop.makePromise(of: String.self)
            waiter = (mark, promise)
            look()
            return promise.futureResult
        }

        private func look() {
            let seen = String(decoding: bytes, as: UTF8.self)
            guard let waiter, seen.contains(waiter.mark) else { return }
            self.waiter = nil
            bytes = []
            waiter.promise.succeed(seen)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(unwrapInboundIn(data).readableBytesView)
            look()
        }

        func channelInactive(context: ChannelHandlerContext) {
            waiter?.promise.fail(ClosedEarly(seen: String(decoding: bytes, as: UTF8.self)))
            waiter = nil
        }
    }
}
