import Foundation

/// Keep-alive connections that each send the next request when the last is answered, like wrk.
final class ClosedLoop {
    struct Outcome {
        var latencies = Latencies()
        var bodyBytes = 0
        var bad = 0
        var sample: String?
    }

    private final class Client {
        var wire: Wire
        var isConnected = false
        var sentAt: Int64 = 0
        var head: [UInt8] = []
        /// Body bytes still to come; nil while the head is read.
        var left: Int?
        var status = 0

        init(_ wire: Wire) { self.wire = wire }
    }

    private let poller: Poller
    private let port: Int
    private var clients: [Int32: Client] = [:]
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
        let client = Client(try Wire(port: port))
        clients[client.wire.descriptor] = client
        try poller.add(client.wire.descriptor, Poller.writable)
    }

    /// Goes on for so long and returns what was answered in that time.
    func run(seconds: Double) throws -> Outcome {
        outcome = Outcome()
        let end = Monotonic.now + Int64(seconds * 1e9)
        while Monotonic.now < end {
            try poller.wait(until: end) { descriptor, events in
                guard let client = clients[descriptor] else { return }
                if events & Poller.writable != 0 { try writable(client) }
                if events & ~Poller.writable != 0 { try read(client) }
            }
        }
        return outcome
    }

    private func writable(_ client: Client) throws {
        if client.isConnected {
            guard client.wire.sendRest() else { return try fail(client, "write failed") }
        } else {
            if let error = client.wire.connectError { throw error }
            client.isConnected = true
            try ask(client)
        }
        if !client.wire.hasUnsent { try poller.change(client.wire.descriptor, Poller.readable) }
    }

    private func ask(_ client: Client) throws {
        client.sentAt = Monotonic.now
        guard client.wire.send(next()) else { return try fail(client, "write failed") }
        if client.wire.hasUnsent {
            try poller.change(client.wire.descriptor, Poller.readable | Poller.writable)
        }
    }

    private func read(_ client: Client) throws {
        guard let count = client.wire.receive(into: buffer) else { return }
        if count == 0 { return try fail(client, "closed by the server") }
        var bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if client.left == nil {
            // Nearly always the head comes in one piece.
            client.head += bytes
            var length = 0
            guard let head = client.head.withUnsafeBytes({ HTTP.Head($0, length: &length) }) else { return }
            client.status = head.status
            client.left = head.bodyLength
            if head.status / 100 != 2 {
                outcome.sample = outcome.sample ?? String(decoding: client.head.prefix(600), as: UTF8.self)
            }
            let read = client.head.count - length
            client.head.removeAll(keepingCapacity: true)
            bytes = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - read)...])
        }
        outcome.bodyBytes += bytes.count
        client.left = client.left.map { $0 - bytes.count }
        if let left = client.left, left <= 0 {
            client.left = nil
            if client.status / 100 == 2 {
                outcome.latencies.add(Monotonic.now - client.sentAt)
            } else {
                outcome.bad += 1
            }
            try ask(client)
        }
    }

    private func fail(_ client: Client, _ why: String) throws {
        outcome.bad += 1
        outcome.sample = outcome.sample ?? why
        clients[client.wire.descriptor] = nil
        client.wire.close()
        try connect()
    }
}
