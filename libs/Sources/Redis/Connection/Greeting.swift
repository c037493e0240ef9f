internal import NIOCore

/// What is said on a fresh connection before it counts as usable, and leaves the pipeline, so that what follows never
/// sees a word of it: who we are, which database, what the server is (`ROLE`), who it is (`INFO server`), and a
/// `PING`, which a server that is still loading its data refuses.
final class Greeting: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Step {
        let command: RedisCommand
        /// What its answer is refused for.
        var check: (RESPValue) -> RedisError? = { reply in
            if case .error(let error) = reply { Greeting.failure(error) } else { nil }
        }
    }

    private var steps: [Step] = []
    private let done: EventLoopPromise<String?>
    private let parser: RESPParser
    private var answers = 0
    private var serverID: String?

    /// `done` succeeds with the server's run id when every command was answered well, and fails in every other case.
    init(_ configuration: RedisConfiguration, done: EventLoopPromise<String?>) throws(RedisError) {
        self.done = done
        parser = try RESPParser(sharesReads: false)
        if let password = configuration.password {
            var auth = RedisCommand("AUTH")
            if let username = configuration.username { auth.append(username) }
            auth.append(password)
            steps.append(Step(command: auth))
        }
        if configuration.database != 0 { steps.append(Step(command: RedisCommand("SELECT", configuration.database))) }
        if configuration.requiresPrimary {
            steps.append(Step(command: .role, check: RedisError.init(roleReply:)))
            // Asked for the subscribers' sake; who may not ask it does without.
            steps.append(Step(command: RedisCommand("INFO", "server"), check: { _ in nil }))
        }
        steps.append(Step(command: RedisCommand("PING")))
    }

    /// What a refusal in the greeting means for everybody waiting for the connection.
    static func failure(_ error: RedisServerError) -> RedisError {
        switch error.code {
        case "WRONGPASS", "NOAUTH", "NOPERM": .authenticationFailed(error.message)
        case "ERR" where error.message.contains("AUTH"): .authenticationFailed(error.message)
        default: .unavailable(error.message)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        var bytes = context.channel.allocator.buffer(capacity: 256)
        do throws(RedisError) {
            for step in steps { try FormattedCommand(step.command).write(to: &bytes) }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        } catch {
            fail(error, context)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var refusal: RedisError?
        do throws(RedisError) {
            try parser.parse(unwrapInboundIn(data)) { refusal = refusal ?? take($0) }
        } catch {
            return fail(error, context)
        }
        if let refusal {
            fail(refusal, context)
        } else if answers == steps.count {
            let (done, serverID) = (done, serverID)
            context.pipeline.syncOperations.removeHandler(self).whenComplete { done.completeWith($0.map { serverID }) }
        }
    }

    private func take(_ reply: RESPValue) -> RedisError? {
        guard answers < steps.count else { return .protocolViolation("a reply nobody asked for") }
        defer { answers += 1 }
        if steps[answers].command.arguments.first == .string("INFO") { serverID = Self.runID(in: reply) }
        return steps[answers].check(reply)
    }

    private static func runID(in reply: RESPValue) -> String? {
        reply.stringValue?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
            .map { String($0.dropFirst("run_id:".count)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(RedisError.unavailable("the server closed the connection during the greeting"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(RedisError(connecting: error), context)
    }

    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        done.fail(error)
        context.close(promise: nil)
    }
}
