internal import NIOCore

/// Reads what a subscribed connection says. Messages go out right here, on the event loop, one call each.
final class SubscriberHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Notice {
        case confirmed(RedisSubscription, isActive: Bool)
        case refused(RedisError)
    }

    private let onMessage: @Sendable (RedisMessage) -> Void
    private let onNotice: (Notice) -> Void
    private let parser: RESPParser
    private var context: ChannelHandlerContext?
    private(set) var lastRead = NIODeadline.now()

    init(onMessage: @escaping @Sendable (RedisMessage) -> Void, onNotice: @escaping (Notice) -> Void) throws(RedisError)
    {
        self.onMessage = onMessage
        self.onNotice = onNotice
        parser = try RESPParser(sharesReads: true)
    }

    func write(_ commands: [RedisCommand]) {
        guard let context, !commands.isEmpty else { return }
        var bytes = context.channel.allocator.buffer(capacity: 64 * commands.count)
        do throws(RedisError) {
            for command in commands { try FormattedCommand(command).write(to: &bytes) }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        do throws(RedisError) {
            try parser.parse(unwrapInboundIn(data)) { take($0) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func take(_ reply: RESPValue) {
        switch reply {
        case .array(let parts): take(parts)
        case .error(let error): onNotice(.refused(.server(error)))
        case .simple, .integer, .bulk, .null: break  // the answer to a PING while nothing is subscribed
        }
    }

    private func take(_ parts: [RESPValue]) {
        guard parts.count >= 3, let kind = parts[0].stringValue, let name = parts[1].stringValue else { return }
        switch (kind, parts[2]) {
        case ("message", .bulk(let payload)), ("smessage", .bulk(let payload)):
            onMessage(RedisMessage(channel: name, payload: payload))
        case ("pmessage", _):
            guard parts.count == 4, let channel = parts[2].stringValue, let payload = parts[3].bytesValue else {
                return
            }
            onMessage(RedisMessage(channel: channel, payload: payload, pattern: name))
        case ("subscribe", _): onNotice(.confirmed(.channel(name), isActive: true))
        case ("ssubscribe", _): onNotice(.confirmed(.shard(name), isActive: true))
        case ("psubscribe", _): onNotice(.confirmed(.pattern(name), isActive: true))
        case ("unsubscribe", _): onNotice(.confirmed(.channel(name), isActive: false))
        case ("sunsubscribe", _): onNotice(.confirmed(.shard(name), isActive: false))
        case ("punsubscribe", _): onNotice(.confirmed(.pattern(name), isActive: false))
        default: break
        }
    }
}
