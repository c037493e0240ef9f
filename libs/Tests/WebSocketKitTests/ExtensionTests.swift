import HTTPTypes
import NIOCore
import PlatformTesting
import Synchronization
import Testing

@testable import WebSocketKit

/// Extensions, between a server and a client and by hand.
@Suite struct ExtensionTests {
    /// A raw socket that has offered `offers`, one line each.
    private func connect(_ port: Int, _ offers: String...) async throws -> RawSocket {
        try await RawSocket.connect(port: port, headers: offers.map { ("Sec-WebSocket-Extensions", $0) })
    }

    private func answer(_ port: Int, _ offers: String...) async throws -> String? {
        let fields = offers.map { ("Sec-WebSocket-Extensions", $0) }
        let socket = try await RawSocket.connect(port: port, headers: fields)
        await socket.disconnect()
        return socket.responseHeaders["sec-websocket-extensions"]
    }

    private func scrambled(_ text: String, key: UInt8 = 7) -> [UInt8] { text.utf8.map { $0 ^ key } }

    @Test func `messages and their fragments go through the extension, control frames between them do not`()
        async throws
    {
        try await TestServer.run(extensions: [ToyExtension()]) { port, _ in
            let socket = try await connect(port, "x-toy; key=7")
            #expect(socket.responseHeaders["sec-websocket-extensions"] == "x-toy; key=7")
            try await socket.send(frame: 1, scrambled("日本"), isFinal: false, reservedBits: 4)
            try await socket.ping(Array("now".utf8))
            try await socket.send(frame: 0, scrambled("語"), isFinal: false)
            try await socket.send(frame: 0, scrambled("!"))
            #expect(try await socket.next() == .pong(Array("now".utf8)))
            #expect(try await socket.next() == .text(String(decoding: scrambled("日本語!"), as: UTF8.self)))
            // A message whose first frame has no bit is none of the extension's.
            try await socket.send(binary: [1, 2, 3])
            #expect(try await socket.next() == .binary([1 ^ 7, 2 ^ 7, 3 ^ 7]))
            await socket.disconnect()
        }
    }

    @Test(
        arguments: [
            ("a bit nobody claimed", RawSocket.frame(1, [0x61], reservedBits: 2), 1002),
            ("two bits, one claimed", RawSocket.frame(1, [0x61], reservedBits: 6), 1002),
            ("the bit on a control frame", RawSocket.frame(9, [0x61], reservedBits: 4), 1002),
            (
                "the bit on a later frame",
                RawSocket.frame(1, [0x66], isFinal: false, reservedBits: 4)
                    + RawSocket.frame(0, [0x66], reservedBits: 4),
                1002
            ),
            ("text that is none under the key", RawSocket.frame(1, [0xFF ^ 7], reservedBits: 4), 1007),
            ("more than the limit", RawSocket.frame(2, Array(repeating: 0, count: 65_537), reservedBits: 4), 1009),
        ] as [(String, [UInt8], UInt16)])
    func `what the extension does not allow ends the connection`(name: String, bytes: [UInt8], code: UInt16)
        async throws
    {
        try await TestServer.run(extensions: [ToyExtension()]) { port, _ in
            let socket = try await connect(port, "x-toy; key=7")
            try await socket.send(raw: bytes)
            #expect(try await socket.next() == .close(code, reason: ""), "\(name)")
            await socket.disconnect()
        }
    }

    @Test func `what comes out of an extension is held to the limit, over all fragments`() async throws {
        try await TestServer.run(extensions: [BombExtension()]) { port, _ in
            let whole = try await connect(port, "x-bomb")
            try await whole.send(binary: Array(repeating: 1, count: 655))
            #expect(try await whole.next() == .binary(Array(repeating: 1, count: 65_500)))
            try await whole.send(binary: Array(repeating: 1, count: 656))
            #expect(try await whole.next() == .close(1009, reason: ""))
            let pieces = try await connect(port, "x-bomb")
            try await pieces.send(frame: 2, Array(repeating: 1, count: 655), isFinal: false)
            try await pieces.send(frame: 0, [1])
            #expect(try await pieces.next() == .close(1009, reason: ""))
            for socket in [whole, pieces] { await socket.disconnect() }
        }
    }

    @Test func `the first offer that is taken counts, and what is not spoken is left out`() async throws {
        let other = ToyExtension(name: "x-other", bit: .rsv2)
        let rival = ToyExtension(name: "x-rival")
        try await TestServer.run(extensions: [ToyExtension(), other, rival]) { port, _ in
            let silence = try await answer(port)
            #expect(silence == nil)
            #expect(try await answer(port, "permessage-deflate; client_max_window_bits") == nil)
            #expect(try await answer(port, "x-toy; key=no, X-Toy; key=\"3\", x-toy; key=4") == "x-toy; key=3")
            #expect(try await answer(port, "x-other; key=1", "unknown, x-toy; key=2") == "x-other; key=1, x-toy; key=2")
            // Both want the same bit.
            #expect(try await answer(port, "x-rival; key=1, x-toy; key=2") == "x-rival; key=1")
        }
    }

    @Test func `the first one agreed on is nearest to the application`() async throws {
        let other = ToyExtension(name: "x-other", bit: .rsv2, offers: [.init("x-other", [.init("key", "3")])])
        try await TestServer.run(extensions: [other, ToyExtension()]) { port, _ in
            var configuration = WebSocketClientConfiguration()
            configuration.extensions = [ToyExtension(), other]
            let inbox = WebSocketInbox()
            let agreed = Mutex<[WebSocketExtensionTerms]>([])
            let socket = try await WebSocketClient(configuration).connect(to: "ws://127.0.0.1:\(port)/v1/ws") {
                agreed.withLock { [terms = $1.extensions] in $0 = terms }
                return inbox
            }
            #expect(agreed.withLock { $0.map(\.name) } == ["x-toy", "x-other"])
            var messages = inbox.makeAsyncIterator()
            socket.send(text: "both ways")
            #expect(await messages.next() == .text("both ways"))
            socket.close(.normal)
            #expect(await messages.next() == nil)
        }
    }

    @Test func `a message to many sockets can be transformed once`() throws {
        let count = Mutex(0)
        let toy = ToyExtension(encoded: { count.withLock { $0 += 1 } })
        let offers = [WebSocketExtensionTerms("x-toy", [.init("key", "7")])]
        let transform = try #require(FrameTransform.server([toy], offers: offers)?.transform)
        let (one, same) = (EncodedFrame(text: "hello"), EncodedFrame(text: "hello"))
        for _ in 0..<3 { #expect(transform.outgoing(one).getInteger(at: 0, as: UInt8.self) == 0xC1) }
        #expect(count.withLock { $0 } == 1)
        _ = transform.outgoing(same)
        #expect(count.withLock { $0 } == 2)
        let ping = EncodedFrame(.ping, payload: [1])
        #expect(transform.outgoing(ping) == ping.bytes)
    }

    @Test func `without an offer a route with extensions has sockets like any other`() async throws {
        try await TestServer.run(extensions: [ToyExtension()]) { port, _ in
            let socket = try await RawSocket.connect(port: port)
            try await socket.send("plain")
            #expect(try await socket.next() == .text("plain"))
            try await socket.send(frame: 1, [0x61], reservedBits: 4)
            #expect(try await socket.next() == .close(1002, reason: ""))
            await socket.disconnect()
        }
    }
}
