internal import DequeModule
internal import NIOCore

/// Writes batches of commands and gives each reply to the command it belongs to: the server answers in order.
///
/// Lives on the channel's event loop. When the channel ends, every unanswered command fails with an unknown outcome.
final class CommandHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var unanswered = Deque<CommandEntry>()
    private var answered: [(Completion, Result<RESPValue, RedisError>)] = []
    private let parser: RESPParser
    private var context: ChannelHandlerContext?
    /// Why the connection is to end, once it is.
    private var reason: RedisError?
    private(set) var lastRead = NIODeadline.now()
    /// Writes whose last command is not answered yet.
    private(set) var batchesUnderWay = 0
    /// How many commands got their end, after each read and at the channel's end.
    var onSettled: (Int) -> Void = { _ in }
    var onWritable: () -> Void = {}

    init() throws(RedisError) {
        parser = try RESPParser(sharesReads: false)
    }

    /// Whether another batch may be written now.
    var isWritable: Bool {
        guard let context, reason == nil else { return false }
        return context.channel.isActive && context.channel.isWritable
    }
    var isIdle: Bool { unanswered.isEmpty }
    /// The next moment at which somebody's patience ends, or the connection's with the oldest command.
    var earliestDeadline: NIODeadline {
        unanswered.enumerated().reduce(.distantFuture) { earliest, next in
            if next.offset > 0, case .nobody = next.element.completion { return earliest }
            return min(earliest, next.element.deadline)
        }
    }

    /// Takes the commands over; the batch must not be empty.
    func write(_ batch: borrowing CommandBatch) {
        unanswered.append(contentsOf: batch.entries)
        unanswered[unanswered.endIndex - 1].endsBatch = true
        batchesUnderWay += 1
        guard let context else { return settleAll(.connectionLost("it ended before the command was written")) }
        context.writeAndFlush(wrapOutboundOut(batch.bytes), promise: nil)
    }

    /// The caller of `ticket` goes away; its reply will be dropped.
    func abandon(_ ticket: UInt64) -> Completion? {
        guard let index = unanswered.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        defer { unanswered[index].completion = .nobody }
        return unanswered[index].completion
    }

    /// Ends the connection when the oldest command is overdue, since whatever is behind it in line would wait too.
    func expire(_ now: NIODeadline) {
        guard unanswered.contains(where: { $0.deadline <= now }) else { return }
        for index in unanswered.indices where unanswered[index].deadline <= now {
            unanswered[index].completion(.failure(.timedOut(wasSent: true)))
            unanswered[index].completion = .nobody
        }
        if let first = unanswered.first, first.deadline <= now { close(.connectionLost("no answer in time")) }
    }

    func close(_ reason: RedisError) {
        if self.reason == nil { self.reason = reason }
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        settleAll(reason ?? .connectionLost("the server closed the connection"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        settleAll(reason ?? .connectionLost("the server closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.connectionLost("\(type(of: error))"))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { onWritable() }
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try parser.parse(unwrapInboundIn(data)) { answer($0) }
        } catch {
            reason = error
        }
        if let reason {
            deliver()
            close(reason)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lastRead = .now()
        deliver()
        context.fireChannelReadComplete()
    }

    private func answer(_ reply: RESPValue) {
        guard !unanswered.isEmpty else {
            reason = reason ?? .protocolViolation("a reply nobody asked for")
            return
        }
        if unanswered[unanswered.startIndex].repliesToSkip > 0 {
            unanswered[unanswered.startIndex].repliesToSkip -= 1
            return
        }
        let entry = unanswered.removeFirst()
        if entry.endsBatch { batchesUnderWay -= 1 }
        // What a replica says after it is known to be one counts for nothing: it may have kept it to itself.
        if let reason { return answered.append((entry.completion, .failure(reason))) }
        if entry.isRoleCheck, RedisError(roleReply: reply) != nil { reason = .demoted }
        guard case .error(let error) = reply else {
            return answered.append((entry.completion, .success(reply)))
        }
        answered.append((entry.completion, .failure(.server(error))))
        // A primary that became a replica: the name leads to another server by now.
        if error.code == "READONLY" { reason = .demoted }
    }

    private func deliver() {
        guard !answered.isEmpty else { return }
        var told: [(Completion, Result<RESPValue, RedisError>)] = []
        swap(&told, &answered)
        for (completion, result) in told { completion(result) }
        let count = told.count
        told.removeAll(keepingCapacity: count <= 4096)
        if answered.isEmpty { answered = told }
        onSettled(count)
    }

    private func settleAll(_ error: RedisError) {
        deliver()
        let rest = unanswered
        unanswered = []
        for entry in rest { entry.completion(.failure(error)) }
        if !rest.isEmpty { onSettled(rest.count) }
    }
}

extension RedisError {
    /// Outcome unknown, as for every loss: what it took is done on no other server.
    fileprivate static let demoted = RedisError.connectionLost("the server became a replica")
}
