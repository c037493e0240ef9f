public import NIOCore
import Synchronization

/// A handler that hands messages to a task, in order, as an asynchronous sequence: for clients and for tests, where a task a
/// socket is no price.
///
/// ```swift
/// let inbox = WebSocketInbox()
/// let connection = try await WebSocketClient().connect(to: "wss://example.com/ws") { _, _ in inbox }
/// for await message in inbox { ... }
/// ```
///
/// The sequence ends with the socket, after everything that came before; `closeCode` then says why. While `capacity`
/// messages wait the socket is not read from, so a slow task slows its peer down. One task at a time may iterate.
public final class WebSocketInbox: WebSocketHandler, AsyncSequence, Sendable {
    public enum Message: Hashable, Sendable {
        case text(String)
        case binary(ByteBuffer)
    }

    private struct State {
        var connection: WebSocketConnection?
        var waiting = 0
        var closed: (code: WebSocketCloseCode, reason: String)?
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let messages: AsyncStream<Message>
    private let arrivals: AsyncStream<Message>.Continuation

    public init(capacity: Int = 64) {
        self.capacity = Swift.max(1, capacity)
        (messages, arrivals) = AsyncStream.makeStream()
    }

    /// Nil while the socket is open.
    public var closeCode: WebSocketCloseCode? { state.withLock { $0.closed?.code } }
    /// What the close frame said for people.
    public var closeReason: String { state.withLock { $0.closed?.reason ?? "" } }

    public func opened(_ connection: WebSocketConnection) {
        state.withLock { $0.connection = connection }
    }

    public func received(text: ByteBuffer, on connection: WebSocketConnection) {
        take(.text(String(buffer: text)), on: connection)
    }

    public func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        take(.binary(binary), on: connection)
    }

    private func take(_ message: Message, on connection: WebSocketConnection) {
        let waiting = state.withLock { state in
            state.waiting += 1
            return state.waiting
        }
        arrivals.yield(message)
        if waiting == capacity { connection.setReading(false) }
    }

    public func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
        state.withLock { state in
            state.closed = (code, reason)
            state.connection = nil
        }
        arrivals.finish()
    }

    /// A message has gone to the task.
    private func took() {
        let resumed = state.withLock { state in
            state.waiting -= 1
            return state.waiting == capacity - 1 ? state.connection : nil
        }
        resumed?.setReading(true)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let inbox: WebSocketInbox
        private var messages: AsyncStream<Message>.AsyncIterator

        fileprivate init(_ inbox: WebSocketInbox) {
            self.inbox = inbox
            messages = inbox.messages.makeAsyncIterator()
        }

        /// The next message; nil at the end of the socket, or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> Message? {
            guard let message = await messages.next(isolation: actor) else { return nil }
            inbox.took()
            return message
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
