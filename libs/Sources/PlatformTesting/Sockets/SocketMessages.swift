import NIOCore

/// What a test's socket has received.
public enum SocketMessage: Sendable, Equatable {
    case text(String)
    case binary([UInt8])
    case pong([UInt8])
    /// 1005 where the frame was empty.
    case close(UInt16, reason: String)

    /// Nil for what is no close frame.
    public var closeCode: UInt16? {
        if case .close(let code, _) = self { code } else { nil }
    }

    static func text(of message: SocketMessage?) throws -> String {
        guard case .text(let text) = message else { throw UnexpectedMessage(message: message) }
        return text
    }
}

/// The server answered the handshake with anything but 101.
public struct RefusedSocket: Error, Sendable {
    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: String
}

public struct SocketTimedOut: Error, Sendable {}

public struct UnexpectedMessage: Error, Sendable {
    public var message: SocketMessage?
}

/// Keeps messages until they are asked for. Touched on its event loop only.
final class SocketMessages {
    private let eventLoop: any EventLoop
    private var isOver = false
    private var messages: [SocketMessage] = []
    private var waiter: EventLoopPromise<SocketMessage?>?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Nil after the end.
    func next(within limit: TimeAmount) -> EventLoopFuture<SocketMessage?> {
        if !messages.isEmpty { return eventLoop.makeSucceededFuture(messages.removeFirst()) }
        if isOver { return eventLoop.makeSucceededFuture(nil) }
        let promise = eventLoop.makePromise(of: SocketMessage?.self)
        waiter = promise
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let timeout = eventLoop.scheduleTask(in: limit) { bound.value.waiter.take()?.fail(SocketTimedOut()) }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        return promise.futureResult
    }

    func deliver(_ message: SocketMessage) {
        if let waiter = waiter.take() { waiter.succeed(message) } else { messages.append(message) }
    }

    func end() {
        isOver = true
        waiter.take()?.succeed(nil)
    }
}
