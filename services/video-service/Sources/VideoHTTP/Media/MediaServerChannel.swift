import HTTPKit
import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore

/// HTTP/1.1 connections that take large bodies cheaply: reads grow from 2 KiB, enough for a request's head, to 512 KiB
/// while a body streams in, so that a gigabyte costs a few thousand reads and not hundreds of thousands. Larger ones would
/// leave the processor's cache before they are written. Requests are handled on their connection's event loop.
public struct MediaServerChannel: HTTPChannelHandler {
    public typealias Value = HTTP1Channel.Value

    private let http: HTTP1Channel

    public var responder: Responder { http.responder }

    init(responder: @escaping Responder) {
        http = HTTP1Channel(responder: responder, configuration: .edge)
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 2_048, maximum: 512 * 1_024))
            // Level triggered: one read a turn keeps what a connection has in flight small.
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        }.flatMap { http.setup(channel: channel, logger: logger) }
    }

    public func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}

extension HTTPServerBuilder {
    /// The platform's plain HTTP/1.1, for a service that moves large bodies.
    public static func media() -> HTTPServerBuilder {
        HTTPServerBuilder { responder in MediaServerChannel(responder: responder) }
    }
}

/// Runs a connection's task on the event loop its socket lives on.
///
/// Otherwise every request changes threads twice: from the loop to the pool that runs tasks, and back with the answer.
/// That is a sixth of what sending a range of a video costs, and nothing is gained by it, as the work is the kernel's.
/// What runs here holds up all of the loop's sockets, so it must not block: files have threads of their own.
private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
