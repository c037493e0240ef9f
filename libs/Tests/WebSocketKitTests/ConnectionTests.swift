import NIOCore
import NIOEmbedded
import PlatformTesting
import Testing

@testable import WebSocketKit

/// One connection on an embedded channel, whose clock the test turns.
@Suite struct ConnectionTests {
    private struct Socket {
        let channel = EmbeddedChannel()
        let handler = RecordingHandler()
        let connection: WebSocketConnection

        init(
            isClient: Bool = false, isOpened: Bool = true,
            _ configure: (inout WebSocketConfiguration) -> Void = { _ in }
        ) throws {
            var configuration = WebSocketConfiguration()
            configure(&configuration)
            let loop = WebSocketLoop(eventLoop: channel.embeddedEventLoop)
            connection = WebSocketConnection(
                loop: loop, settings: WebSocketSettings(configuration, isClient: isClient),
                transform: isClient ? FrameTransform(isClient: true, codecs: []) : nil)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.pipeline.syncOperations.addHandler(WebSocketChannelHandler(connection, hasBridge: false))
            if isOpened { connection.open(with: handler) }
        }

        func receive(_ bytes: [UInt8]) throws {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
            channel.embeddedEventLoop.run()
        }

        /// The frames written since the last call, as their opcode and payload.
        func sent() throws -> [String] {
            channel.embeddedEventLoop.run()
            var frames: [String] = []
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
                guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { continue }
                let second = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt8.self) ?? 0
                let isMasked = second & 0x80 != 0
                let rest = Array(bytes.readableBytesView.dropFirst(2))
                let payload = isMasked ? rest.dropFirst(4).enumerated().map { $1 ^ rest[$0 % 4] } : rest
                switch first & 0xf {
                case 8: frames.append("close \(payload.isEmpty ? 0 : Int(payload[0]) << 8 | Int(payload[1]))")
                case 9: frames.append("ping")
                case 10: frames.append("pong \(String(decoding: payload, as: UTF8.self))")
                default: frames.append(String(decoding: payload, as: UTF8.self))
                }
            }
            return frames
        }

        func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
    }

    @Test func `frames written in one turn of the loop are flushed together at its end`() throws {
        let socket = try Socket()
        socket.connection.send(text: "a")
        socket.connection.send(text: "b")
        #expect(try socket.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(try socket.sent() == ["a", "b"])
    }

    @Test func `a ping is answered with its payload`() throws {
        let socket = try Socket()
        try socket.receive(RawSocket.frame(9, Array("p".utf8)))
        #expect(try socket.sent() == ["pong p"])
    }

    @Test func `the peer's close is answered with its code and ends the connection`() throws {
        let socket = try Socket()
        try socket.receive(RawSocket.frame(8, [0x03, 0xE9]))
        #expect(try socket.sent() == ["close 1001"])
        #expect(!socket.channel.isActive)
        #expect(socket.handler.log == ["opened", "closed 1001"])
    }

    @Test func `no frame follows a close, and what the peer says after it is dropped`() throws {
        let socket = try Socket()
        socket.connection.close(WebSocketCloseCode(4401), reason: "expired")
        socket.connection.send(text: "late")
        socket.connection.close(.normal)
        try socket.receive(RawSocket.frame(1, Array("late".utf8)) + RawSocket.frame(9, []))
        #expect(try socket.sent() == ["close 4401"])
        #expect(socket.channel.isActive)
        try socket.receive(RawSocket.frame(8, [0x0F, 0xA1]))
        #expect(!socket.channel.isActive)
        #expect(try socket.sent() == [])
        #expect(socket.handler.log == ["opened", "closed 4401 expired"])
    }

    @Test func `a connection that ended before it had a handler is opened and closed for it all the same`() throws {
        let socket = try Socket(isOpened: false)
        socket.connection.abort()
        socket.connection.open(with: socket.handler)
        socket.connection.send(text: "late")
        #expect(try socket.sent() == [])
        #expect(socket.handler.log == ["opened", "closed 1006"])
    }

    @Test func `a peer that does not answer a close is cut off after the time-out`() throws {
        let socket = try Socket { $0.closeTimeout = .seconds(3) }
        socket.connection.close(.normal)
        socket.advance(2)
        #expect(socket.channel.isActive)
        socket.advance(2)
        #expect(!socket.channel.isActive)
    }

    @Test func `a silent peer is pinged, and given up when it stays silent`() throws {
        let socket = try Socket { $0.pingInterval = .seconds(10) }
        socket.advance(10)
        #expect(try socket.sent() == ["ping"])
        try socket.receive(RawSocket.frame(10, Array("here".utf8)))
        socket.advance(10)
        #expect(try socket.sent() == [])
        socket.advance(10)
        #expect(try socket.sent() == ["ping"])
        socket.advance(10)
        #expect(!socket.channel.isActive)
        #expect(socket.handler.log == ["opened", "pong here", "closed 1006"])
    }

    @Test func `the application's ping comes back as its pong, cut to what fits`() throws {
        let socket = try Socket()
        socket.connection.ping(ByteBuffer(string: String(repeating: "p", count: 200)))
        #expect(try socket.sent() == ["ping"])
        try socket.receive(RawSocket.frame(10, Array("p".utf8)))
        #expect(socket.handler.log == ["opened", "pong p"])
    }

    @Test func `a client that has heard the close waits for the server to end the connection, and not for ever`() throws
    {
        let socket = try Socket(isClient: true) { $0.closeTimeout = .seconds(3) }
        try socket.receive(RawSocket.frame(8, [0x03, 0xE9], isMasked: false))
        #expect(try socket.sent() == ["close 1001"])
        #expect(socket.channel.isActive)
        #expect(socket.handler.log == ["opened", "closed 1001"])
        socket.advance(3)
        #expect(!socket.channel.isActive)
    }

    @Test func `a client takes no masked frames`() throws {
        let socket = try Socket(isClient: true)
        try socket.receive(RawSocket.frame(1, [0x61]))
        #expect(try socket.sent() == ["close 1002"])
    }

    @Test func `an aborted connection says nothing more`() throws {
        let socket = try Socket()
        socket.connection.abort()
        #expect(try socket.sent() == [])
        #expect(!socket.channel.isActive)
        #expect(socket.handler.log == ["opened", "closed 1006"])
    }

    @Test func `silence is not held against a peer that is not read from`() throws {
        let socket = try Socket { $0.pingInterval = .seconds(10) }
        socket.connection.setReading(false)
        socket.advance(50)
        #expect(try socket.sent() == [])
        socket.connection.setReading(true)
        socket.advance(20)
        #expect(try socket.sent() == ["ping"])
        socket.advance(10)
        #expect(!socket.channel.isActive)
    }

    @Test func `no time is too long for the wheel`() throws {
        let socket = try Socket { $0.pingInterval = .seconds(Int64.max) }
        socket.advance(100)
        #expect(socket.channel.isActive)
    }

    @Test func `a silent peer that takes nothing is given up just the same`() throws {
        let socket = try Socket { $0.pingInterval = .seconds(10) }
        socket.channel.isWritable = false
        socket.channel.pipeline.fireChannelWritabilityChanged()
        socket.advance(10)
        #expect(socket.channel.isActive)
        socket.advance(10)
        #expect(!socket.channel.isActive)
    }

    @Test func `times longer than the wheel are kept`() throws {
        let socket = try Socket { $0.pingInterval = .seconds(200) }
        socket.advance(199)
        #expect(try socket.sent() == [])
        socket.advance(1)
        #expect(try socket.sent() == ["ping"])
    }

    @Test func `a violation is answered with the code the application chose`() throws {
        let socket = try Socket { $0.closeCode = { _ in WebSocketCloseCode(4400) } }
        try socket.receive(RawSocket.frame(2, [1, 2]))
        #expect(try socket.sent() == ["close 4400"])
        #expect(socket.handler.log == ["opened", "closed 4400"])
    }

    @Test func `messages before a violation are delivered, those after it are not`() throws {
        let socket = try Socket()
        try socket.receive(
            RawSocket.frame(1, Array("a".utf8)) + RawSocket.frame(3, []) + RawSocket.frame(1, Array("b".utf8)))
        #expect(try socket.sent() == ["close 1002"])
        #expect(socket.handler.log == ["opened", "text a", "closed 1002"])
    }

    @Test func `an application may close from inside a callback`() throws {
        let socket = try Socket()
        socket.handler.onText = { _, connection in
            connection.close(.normal)
            connection.send(text: "late")
        }
        try socket.receive(RawSocket.frame(1, Array("a".utf8)) + RawSocket.frame(1, Array("b".utf8)))
        #expect(try socket.sent() == ["close 1000"])
        #expect(socket.handler.log == ["opened", "text a", "closed 1000"])
    }

    @Test func `draining closes with 1012 by default, and for an application that forgets to`() throws {
        let socket = try Socket { $0.drainTimeout = .seconds(2) }
        socket.handler.onDrain = { $0.send(text: "bye") }
        socket.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(try socket.sent() == ["bye"])
        socket.advance(2)
        #expect(try socket.sent() == ["close 1012"])
        #expect(socket.handler.log == ["opened", "draining", "closed 1012"])
    }

    @Test func `a connection that goes away without a close frame is reported once`() throws {
        let socket = try Socket()
        socket.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        socket.channel.embeddedEventLoop.run()
        #expect(!socket.channel.isActive)
        #expect(socket.handler.log == ["opened", "closed 1006"])
    }
}
