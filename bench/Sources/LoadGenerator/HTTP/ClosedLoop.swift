import Foundation

/// Keep-alive connections that each send the next request when the last is answered, like wrk.
final class ClosedLoop {
    struct Outcome {
        var latencies = Latencies()
        var bodyBytes = 0
        var bad = 0
        var sample: String?
    }

    private let poller: Poller
    private let port: Int
    private var exchanges: [Int32: Exchange] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private let next: () -> [UInt8]
    private var outcome = Outcome()

    /// - Parameter next: makes each request.
    init(port: Int, connections: Int, next: @escaping () -> [UInt8]) throws {
        poller = try Poller()
        self.port = port
        self.next = next
        for _ in 0..<connections { try connect() }
    }

    private func connect() throws {
        let exchange = try Exchange(port: port)
        exchanges[exchange.wire.descriptor] = exchange
        try poller.add(exchange.wire.descriptor, Poller.writable)
    }

    /// Goes on for so long and returns what was answered in that time.
    func run(seconds: Double) throws -> Outcome {
        outcome = Outcome()
        let end = Monotonic.now + Int64(seconds * 1e9)
        while Monotonic.now < end {
            try poller.wait(until: end) { descriptor, events in
                guard let exchange = exchanges[descriptor] else { return }
                if events & Poller.writable != 0 { try writable(exchange) }
                if events & ~Poller.writable != 0 { try read(exchange) }
            }
        }
        return outcome
    }

    private func writable(_ exchange: Exchange) throws {
        if exchange.isConnected {
            guard exchange.wire.sendRest() else { return try fail(exchange, "write failed") }
        } else {
            if let error = exchange.wire.connectError { throw error }
            exchange.isConnected = true
            try ask(exchange)
        }
        if !exchange.wire.hasUnsent { try poller.change(exchange.wire.descriptor, Poller.readable) }
    }

    private func ask(_ exchange: Exchange) throws {
        exchange.since = Monotonic.now
        guard exchange.wire.send(next()) else { return try fail(exchange, "write failed") }
        if exchange.wire.hasUnsent {
            try poller.change(exchange.wire.descriptor, Poller.readable | Poller.writable)
        }
    }

    private func read(_ exchange: Exchange) throws {
        let before = exchange.bodyBytes
        let step = exchange.read(into: buffer)
        outcome.bodyBytes += exchange.bodyBytes - before
        switch step {
        case .reading: return
        case .closed: return try fail(exchange, "closed by the server")
        case .answered(let status) where status / 100 == 2: outcome.latencies.add(Monotonic.now - exchange.since)
        case .answered:
            outcome.bad += 1
            outcome.sample = outcome.sample ?? exchange.refusal
        }
        try ask(exchange)
    }

    private func fail(_ exchange: Exchange, _ why: String) throws {
        outcome.bad += 1
        outcome.sample = outcome.sample ?? why
        exchanges[exchange.wire.descriptor] = nil
        exchange.wire.close()
        try connect()
    }
}
