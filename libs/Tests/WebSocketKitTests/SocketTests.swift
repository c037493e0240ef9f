import NIOCore
import PlatformTesting
import Testing

@testable import WebSocketKit

/// The protocol over real sockets.
@Suite struct SocketTests {
    @Test func `messages come back whole, fragments joined, pings answered between them`() async throws {
        try await TestServer.run { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.send("hello")
            #expect(try await socket.next() == .text("hello"))
            try await socket.send(frame: 1, Array("日".utf8), isFinal: false)
            try await socket.ping(Array("now".utf8))
            try await socket.send(frame: 0, Array("本".utf8))
            #expect(try await socket.next() == .pong(Array("now".utf8)))
            #expect(try await socket.next() == .text("日本"))
            try await socket.send(binary: [0, 1, 255])
            #expect(try await socket.next() == .binary([0, 1, 255]))
            let long = String(repeating: "x", count: 65_536)
            try await socket.send(long)
            #expect(try await socket.next() == .text(long))
            try await socket.close(1000, reason: "done")
            #expect(try await socket.next() == .close(1000, reason: ""))
            #expect(try await socket.next() == nil)
        }
    }

    @Test(
        arguments: [
            (RawSocket.frame(3, []), 1002), (RawSocket.frame(1, [0x61], reservedBits: 4), 1002),
            (RawSocket.frame(1, [0x61], isMasked: false), 1002), (RawSocket.frame(0, [0x61]), 1002),
            (RawSocket.frame(1, [0xFF]), 1007), (RawSocket.frame(8, [0x03]), 1002),
            (RawSocket.frame(8, [0x03, 0xED]), 1002),
            (RawSocket.frame(1, Array(repeating: 0x61, count: 65_537)), 1009),
        ] as [([UInt8], UInt16)])
    func `a violation gets its code, and then the end of the stream`(bytes: [UInt8], code: UInt16) async throws {
        try await TestServer.run { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.send(raw: bytes)
            #expect(try await socket.next() == .close(code, reason: ""))
            #expect(try await socket.next() == nil)
            await socket.disconnect()
        }
    }

    @Test func `a peer that ends its side without a close frame is let go`() async throws {
        try await TestServer.run { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.closeOutput()
            #expect(try await socket.next() == nil)
            await socket.disconnect()
        }
    }

    @Test func `the server stops while sockets are open, and tells them 1012`() async throws {
        try await TestServer.run { port, stop in
            var sockets: [RawSocket] = []
            for _ in 0..<20 { sockets.append(try await RawSocket.connect(port: port)) }
            await stop()
            for socket in sockets {
                #expect(try await socket.next() == .close(1012, reason: ""))
                try await socket.close(1012)
                #expect(try await socket.next() == nil)
            }
        }
    }

    @Test func `frames keep their order while the reader pauses, whichever way they are sent`() async throws {
        var configuration = WebSocketConfiguration()
        configuration.maximumPendingBytes = 100_000_000
        try await TestServer.run(configuration: configuration, handler: { CountingHandler(upTo: 1_000) }) { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.send("go")
            #expect(try await socket.nextText().hasPrefix("0 "))
            try await socket.setReading(false)
            // Far more than the kernel holds is sent meanwhile; each answer shows that the server goes on.
            try await socket.setReading(true)
            for number in 1..<1_000 { #expect(try await socket.nextText().hasPrefix("\(number) ")) }
            try await socket.close()
            #expect(try await socket.next() == .close(1000, reason: ""))
        }
    }

    @Test func `a reader that does not read is told so behind what was sent, and costs no more than the limit`()
        async throws
    {
        var configuration = WebSocketConfiguration()
        configuration.maximumPendingBytes = 200_000
        configuration.closeTimeout = .seconds(60)
        let (behind, fellBehind) = AsyncStream.makeStream(of: Int.self)
        try await TestServer.run(configuration: configuration, handler: { FloodHandler(fellBehind) }) { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.setReading(false)
            try await socket.send("go")
            var pending = behind.makeAsyncIterator()
            #expect((200_000..<300_000).contains(await pending.next() ?? 0))
            try await socket.setReading(true)
            var messages: [SocketMessage] = []
            while let message = try await socket.next() {
                messages.append(message)
                if case .close = message { try await socket.close() }
            }
            #expect(messages.last == .close(4408, reason: ""))
            #expect(messages.count < 2_000)
        }
    }
}

/// Sends until the reader is too far behind.
private final class FloodHandler: WebSocketHandler {
    private let fellBehind: AsyncStream<Int>.Continuation
    private var isBehind = false

    init(_ fellBehind: AsyncStream<Int>.Continuation) { self.fellBehind = fellBehind }

    func opened(_ connection: WebSocketConnection) {}

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let frame = EncodedFrame(text: String(repeating: "x", count: 10_000))
        // More than the kernel's buffers on both sides hold.
        for _ in 0..<2_000 where !isBehind { connection.send(frame) }
    }

    func fellBehind(pendingBytes: Int, on connection: WebSocketConnection) {
        isBehind = true
        fellBehind.yield(pendingBytes)
        connection.close(WebSocketCloseCode(4408))
    }

    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {}
}

/// Sends numbered frames, one or two in a turn of the loop.
private final class CountingHandler: WebSocketHandler {
    private let end: Int
    private var next = 0

    init(upTo end: Int) { self.end = end }

    func opened(_ connection: WebSocketConnection) {}

    func received(text: ByteBuffer, on connection: WebSocketConnection) { send(on: connection) }

    private func send(on connection: WebSocketConnection) {
        for _ in 0...next % 2 where next < end {
            connection.send(text: "\(next) " + String(repeating: "x", count: 20_000))
            next += 1
        }
        guard next < end else { return }
        let bound = NIOLoopBound(self, eventLoop: connection.eventLoop)
        connection.eventLoop.execute { bound.value.send(on: connection) }
    }

    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {}
}
