import Foundation

/// Requests that come at a fixed rate, whether or not those before them are answered, over keep-alive connections.
///
/// Each is timed from the moment it was due: one that had to wait for a free connection, or for the generator, took that
/// long as well.
final class OpenLoop {
    struct Outcome {
        var latencies = Latencies()
        var bad = 0
        var sample: String?
        /// The most that waited for a connection at one time.
        var mostWaiting = 0
    }

    private let poller: Poller
    private let port: Int
    private let interval: Double
    private var exchanges: [Int32: Exchange] = [:]
    private var idle: [Exchange] = []
    /// When those that wait were due, the oldest first.
    private var waiting: ArraySlice<Int64> = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private let next: () -> [UInt8]
    private var outcome = Outcome()

    /// - Parameter next: makes each request.
    init(port: Int, connections: Int, perSecond rate: Double, next: @escaping () -> [UInt8]) throws {
        poller = try Poller()
        self.port = port
        self.next = next
        interval = 1e9 / rate
        for _ in 0..<connections { try connect() }
    }

    private func connect() throws {
        let exchange = try Exchange(port: port)
        exchanges[exchange.wire.descriptor] = exchange
        try poller.add(exchange.wire.descriptor, Poller.writable)
    }

    /// Goes on for so long, and then until all that was due is answered.
    func run(seconds: Double) throws -> Outcome {
        outcome = Outcome()
        let begin = Monotonic.now
        let total = Int(seconds * 1e9 / interval)
        var due = 0
        while due < total || !waiting.isEmpty || idle.count < exchanges.count {
            let now = Monotonic.now
            while due < total, begin + Int64(Double(due) * interval) <= now {
                waiting.append(begin + Int64(Double(due) * interval))
                due += 1
            }
            try ask()
            let then = due < total ? begin + Int64(Double(due) * interval) : Monotonic.now + 1_000_000_000
            try poller.wait(until: then) { descriptor, events in
                guard let exchange = exchanges[descriptor] else { return }
                if events & Poller.writable != 0 { try writable(exchange) }
                if events & ~Poller.writable != 0 { try read(exchange) }
            }
        }
        return outcome
    }

    /// Sends what is due, as far as there are connections for it.
    private func ask() throws {
        while !waiting.isEmpty, let exchange = idle.popLast() {
            exchange.since = waiting.removeFirst()
            guard exchange.wire.send(next()) else {
                try fail(exchange, "write failed")
                continue
            }
            if exchange.wire.hasUnsent {
                try poller.change(exchange.wire.descriptor, Poller.readable | Poller.writable)
            }
        }
        outcome.mostWaiting = max(outcome.mostWaiting, waiting.count)
    }

    private func writable(_ exchange: Exchange) throws {
        if exchange.isConnected {
            guard exchange.wire.sendRest() else { return try fail(exchange, "write failed") }
        } else {
            if let error = exchange.wire.connectError { throw error }
            exchange.isConnected = true
            idle.append(exchange)
        }
        if !exchange.wire.hasUnsent { try poller.change(exchange.wire.descriptor, Poller.readable) }
    }

    private func read(_ exchange: Exchange) throws {
        switch exchange.read(into: buffer) {
        case .reading: return
        case .closed: return try fail(exchange, "closed by the server")
        case .answered(let status) where status / 100 == 2: outcome.latencies.add(Monotonic.now - exchange.since)
        case .answered:
            outcome.bad += 1
            outcome.sample = outcome.sample ?? exchange.refusal
        }
        idle.append(exchange)
        try ask()
    }

    private func fail(_ exchange: Exchange, _ why: String) throws {
        outcome.bad += 1
        outcome.sample = outcome.sample ?? why
        exchanges[exchange.wire.descriptor] = nil
        idle.removeAll { $0 === exchange }
        exchange.wire.close()
        try connect()
    }
}
