internal import NIOCore

/// What is said on a fresh connection before it counts as usable: who we are, which database, and a `PING`, which a
/// server that is still loading its data refuses.
struct Greeting {
    let commands: [RedisCommand]

    init(_ configuration: RedisConfiguration) {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            var auth = RedisCommand("AUTH")
            if let username = configuration.username { auth.append(username) }
            auth.append(password)
            commands.append(auth)
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", configuration.database))
        }
        commands.append(RedisCommand("PING"))
        self.commands = commands
    }

    /// What a refusal in the greeting means for everybody waiting for the connection.
    static func failure(_ error: RedisServerError) -> RedisError {
        switch error.code {
        case "WRONGPASS", "NOAUTH", "NOPERM": .authenticationFailed(error.message)
        case "ERR" where error.message.contains("AUTH"): .authenticationFailed(error.message)
        default: .unavailable(error.message)
        }
    }
}

/// Conducts the greeting and leaves the pipeline, so that what follows never sees a word of it.
final class GreetingHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let greeting: Greeting
    private let done: EventLoopPromise<Void>
    private let parser: RESPParser
    private var answers = 0

    /// `done` succeeds when every command of the greeting was answered well, and fails in every other case.
    init(_ greeting: Greeting, done: EventLoopPromise<Void>) throws(RedisError) {
        self.greeting = greeting
        self.done = done
        parser = try RESPParser(sharesReads: false)
    }

    func channelActive(context: ChannelHandlerContext) {
        var bytes = context.channel.allocator.buffer(capacity: 256)
        do throws(RedisError) {
            for command in greeting.commands { try FormattedCommand(command).write(to: &bytes) }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        } catch {
            fail(error, context)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var refusal: RedisServerError?
        do throws(RedisError) {
            try parser.parse(unwrapInboundIn(data)) { reply in
                answers += 1
                if case .error(let error) = reply, refusal == nil { refusal = error }
            }
        } catch {
            return fail(error, context)
        }
        if let refusal {
            fail(Greeting.failure(refusal), context)
        } else if answers == greeting.commands.count {
            context.pipeline.syncOperations.removeHandler(self, promise: done)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(RedisError.unavailable("the server closed the connection during the greeting"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.unavailable(String(describing: error)), context)
    }

    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        done.fail(error)
        context.close(promise: nil)
    }
}
