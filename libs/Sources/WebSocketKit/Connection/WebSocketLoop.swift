import NIOConcurrencyHelpers
import NIOCore
import Timing

/// What the sockets of one event loop share: one flush for all that was written in a turn of the loop, and one timer.
///
/// Touched on its event loop only.
final class WebSocketLoop {
    let eventLoop: any EventLoop
    private var unflushed: [WebSocketConnection] = []
    private var wheel = TimerWheel()
    private var isTicking = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Flushes `connection` once, at the end of this turn of the loop, whatever else is written to it until then.
    func flushSoon(_ connection: WebSocketConnection) {
        if unflushed.isEmpty {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { bound.value.flushAll() }
        }
        unflushed.append(connection)
    }

    private func flushAll() {
        var batch: [WebSocketConnection] = []
        swap(&batch, &unflushed)
        for connection in batch { connection.flush() }
        // The array's memory is kept for the next turn, as long as nothing was written meanwhile.
        batch.removeAll(keepingCapacity: true)
        if unflushed.isEmpty { swap(&batch, &unflushed) }
    }

    /// Has `connection` called back (`timeReached`) after about `delay`, instead of at any time asked for before.
    func call(_ connection: WebSocketConnection, in delay: Duration) {
        wheel.set(connection, ticks: delay.wholeSeconds)
        tickSoon()
    }

    func forget(_ connection: WebSocketConnection) {
        wheel.remove(connection)
    }

    private func tickSoon() {
        guard !isTicking && !wheel.isEmpty else { return }
        isTicking = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .seconds(1)) { bound.value.turn() }
    }

    private func turn() {
        isTicking = false
        for connection in wheel.advance() { connection.timeReached() }
        tickSoon()
    }
}

/// The `WebSocketLoop`s of a server, or of a client: one for each event loop, made when it is first needed.
final class WebSocketLoops: Sendable {
    private let loops = NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<WebSocketLoop>]>([:])

    /// On `eventLoop` only.
    func loop(on eventLoop: any EventLoop) -> WebSocketLoop {
        loops.withLockedValue { loops in
            if let known = loops[ObjectIdentifier(eventLoop)] { return known.value }
            let loop = WebSocketLoop(eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = NIOLoopBound(loop, eventLoop: eventLoop)
            return loop
        }
    }
}
