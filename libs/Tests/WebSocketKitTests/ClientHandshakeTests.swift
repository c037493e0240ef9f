import HTTPTypes
import NIOCore
import PlatformTesting
import Testing

@testable import WebSocketKit

/// The client against servers that do not do what they should.
@Suite struct ClientHandshakeTests {
    private func connect(
        _ server: ScriptedServer, _ inbox: WebSocketInbox = WebSocketInbox(),
        _ adjust: (inout WebSocketClientConfiguration) -> Void = { _ in }
    ) async throws -> WebSocketConnection {
        var configuration = WebSocketClientConfiguration()
        configuration.subprotocols = ["a", "b"]
        configuration.extensions = [ToyExtension()]
        adjust(&configuration)
        return try await WebSocketClient(configuration).connect(to: "ws://127.0.0.1:\(server.port)") { _, _ in inbox }
    }

    /// What the client says of a server with this answer; nil when it opens a socket.
    private func failure(_ script: @escaping ScriptedServer.Script) async throws -> String? {
        let server = try await ScriptedServer(script)
        defer { Task { try await server.stop() } }
        do {
            try await connect(server).abort()
            return nil
        } catch WebSocketClientError.invalidHandshake(let what) {
            return what
        } catch WebSocketClientError.refused(let response, let body) {
            return "\(response.status.code) \(String(buffer: body))"
        }
    }

    @Test(
        arguments: [
            "", "Sec-WebSocket-Protocol: a\r\n", "Sec-WebSocket-Protocol: b\r\nX-More: 1\r\n",
            "Sec-WebSocket-Extensions: x-toy; key=\"9\"\r\n", "Sec-WebSocket-Extensions: ,\r\n",
        ])
    func `a 101 that fits the request opens a socket`(fields: String) async throws {
        #expect(try await failure(ScriptedServer.accepting(fields)) == nil)
    }

    @Test(
        arguments: [
            "Sec-WebSocket-Protocol: c\r\n", "Sec-WebSocket-Protocol: A\r\n", "Sec-WebSocket-Protocol: a, b\r\n",
            "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n", "Sec-WebSocket-Protocol: \r\n",
            "Sec-WebSocket-Extensions: permessage-deflate\r\n", "Sec-WebSocket-Extensions: x-toy; key=no\r\n",
            "Sec-WebSocket-Extensions: x-toy; key=1, x-toy; key=2\r\n", "Sec-WebSocket-Extensions: x-toy; =\r\n",
            "Upgrade: h2c\r\n", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        ])
    func `a 101 with what was not asked for fails`(fields: String) async throws {
        #expect(try await failure(ScriptedServer.accepting(fields)) != nil)
    }

    @Test func `a 101 must prove that the server speaks the protocol`() async throws {
        func head(_ fields: String) -> ScriptedServer.Script {
            { accept in Array("HTTP/1.1 101 Yes\r\n\(fields.replacing("$", with: accept))\r\n".utf8) }
        }
        let (upgrade, connection, accept) = (
            "Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Accept: $\r\n"
        )
        #expect(try await failure(head(upgrade + connection + accept)) == nil)
        #expect(try await failure(head(upgrade + connection)) != nil)
        #expect(try await failure(head(upgrade + connection + "Sec-WebSocket-Accept: x$\r\n")) != nil)
        #expect(try await failure(head(upgrade + accept)) != nil)
        #expect(try await failure(head(connection + accept)) != nil)
    }

    @Test func `an answer that is no 101 is thrown as it is, a long body cut`() async throws {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 4\r\n\r\ngone"
        #expect(try await failure { _ in Array(redirect.utf8) } == "302 gone")
        let endless = "HTTP/1.1 500 Oh\r\n\r\n" + String(repeating: "x", count: 100_000)
        #expect(try await failure { _ in Array(endless.utf8) } == "500 " + String(repeating: "x", count: 65_536))
        #expect(try await failure { _ in Array("SSH-2.0-x\r\n\r\n".utf8) } == "the answer is no HTTP")
    }

    @Test func `a server that ends, or says nothing, is given up`() async throws {
        let ending = try await ScriptedServer(closes: true) { _ in Array("HTTP/1.1 101 Yes\r\nUpg".utf8) }
        let ended = await #expect(throws: WebSocketClientError.self) { try await connect(ending) }
        guard case .connectionClosed = ended else {
            Issue.record("\(String(describing: ended))")
            return
        }
        let silent = try await ScriptedServer { _ in [] }
        let late = await #expect(throws: WebSocketClientError.self) {
            try await connect(silent) { $0.handshakeTimeout = .milliseconds(50) }
        }
        guard case .timedOut = late else {
            Issue.record("\(String(describing: late))")
            return
        }
        // The connection is gone with the attempt.
        #expect(await silent.bytes(1) == [])
        for server in [ending, silent] { try await server.stop() }
    }

    @Test func `nobody at the address is what the network says`() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await server.stop()
        await #expect(throws: (any Error).self) { try await connect(server) }
    }

    @Test func `a cancelled task gets no socket and leaves no connection`() async throws {
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let server = try await ScriptedServer { _ in
            asking.yield()
            return []
        }
        let attempt = Task { try await connect(server) }
        for await _ in asked { break }
        attempt.cancel()
        await #expect(throws: CancellationError.self) { try await attempt.value }
        #expect(await server.bytes(1) == [])
        try await server.stop()
    }

    @Test func `frames that come with the answer are read, and masked ones or too long ones are not`() async throws {
        let frames = RawSocket.frame(1, Array("eager".utf8), isMasked: false)
        for (bytes, code) in [
            (RawSocket.frame(8, [3, 232], isMasked: false), 1000), (RawSocket.frame(1, [0x61]), 1002),
            (RawSocket.frame(1, Array(repeating: 0x61, count: 101), isMasked: false), 1009),
        ] as [([UInt8], UInt16)] {
            let server = try await ScriptedServer(ScriptedServer.accepting(then: frames + bytes))
            let inbox = WebSocketInbox()
            let socket = try await connect(server, inbox) { $0.socket.maximumMessageBytes = 100 }
            var messages = inbox.makeAsyncIterator()
            #expect(await messages.next() == .text("eager"))
            #expect(await messages.next() == nil)
            #expect(inbox.closeCode?.rawValue == code)
            socket.abort()
            try await server.stop()
        }
    }

    @Test func `every frame has a mask of its own`() async throws {
        let server = try await ScriptedServer(ScriptedServer.accepting())
        let socket = try await connect(server)
        for _ in 0..<100 { socket.send(text: "four") }
        let bytes = await server.bytes(1_000)
        let frames = stride(from: 0, to: 1_000, by: 10).map { Array(bytes[$0..<$0 + 10]) }
        #expect(frames.allSatisfy { $0[0] == 0x81 && $0[1] == 0x84 })
        let texts = frames.map { frame in (6..<10).map { frame[$0] ^ frame[$0 - 4] } }
        #expect(texts.allSatisfy { $0 == Array("four".utf8) })
        // Of 2^32 equally likely ones two the same among a hundred are one case in a million.
        #expect(Set(frames.map { $0[2..<6] }).count == 100)
        socket.abort()
        try await server.stop()
    }

    @Test func `every connection has a key of its own`() throws {
        let keys = Set((0..<100).map { _ in ClientHandshake.randomKey() })
        #expect(keys.count == 100 && keys.allSatisfy { $0.utf8.count == 24 })
    }

    @Test func `addresses are read, and those that are none say why without themselves`() async throws {
        func url(_ text: String) throws -> String {
            let url = try WebSocketURL(text)
            return "\(url.isSecure ? "tls " : "")\(url.host) \(url.port) \(url.authority) \(url.target)"
        }
        #expect(try url("ws://example.com") == "example.com 80 example.com /")
        #expect(try url("WSS://example.com:443/a?b=c") == "tls example.com 443 example.com /a?b=c")
        #expect(try url("ws://example.com:8080/?x") == "example.com 8080 example.com:8080 /?x")
        #expect(try url("ws://[::1]:9000/a%20b") == "::1 9000 [::1]:9000 /a%20b")
        #expect(try url("wss://[::1]") == "tls ::1 443 [::1] /")
        for bad in [
            "", "secret", "http://secret/", "ws://", "ws:///secret", "ws://secret:0/", "ws://secret:65536/",
            "ws://secret:99999999999999999999/", "ws://a/#secret", "ws://user:secret@a/", "ws://secret@a/", "//secret/",
        ] {
            let error = #expect(throws: WebSocketClientError.self, "\(bad)") { try WebSocketURL(bad) }
            #expect(error.map { !"\($0)".contains("secret") } == true)
        }
    }
}
