import Foundation
import HTTPTypes
import PlatformTesting
import Testing

@testable import WebSocketKit

@Suite struct HandshakeTests {
    private let correct = [
        ("Host", "localhost"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", RawSocket.sampleKey),
    ]

    private func refusal(_ port: Int, _ fields: [(String, String)], line: String = "GET /v1/ws HTTP/1.1") async throws
        -> RefusedSocket?
    {
        do {
            await (try RawSocket.handshake(port: port, requestLine: line, fields: fields)).disconnect()
            return nil
        } catch let refused as RefusedSocket {
            return refused
        }
    }

    @Test func `the answer to the RFC's key is the RFC's`() async throws {
        try await TestServer.run { port, _ in
            let socket = try await RawSocket.connect(port: port, path: "/v1/ws?x=1")
            #expect(socket.responseHeaders["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(socket.responseHeaders["sec-websocket-protocol"] == nil)
            #expect(socket.responseHeaders["sec-websocket-extensions"] == nil)
            await socket.disconnect()
        }
    }

    @Test func `the subprotocol the application picks is named`() async throws {
        try await TestServer.run { port, _ in
            let socket = try await RawSocket.connect(port: port, subprotocols: ["other", "chat.v1"])
            #expect(socket.responseHeaders["sec-websocket-protocol"] == "chat.v1")
            await socket.disconnect()
        }
    }

    @Test func `a handshake that is not correct gets 400 or 426 with the version`() async throws {
        try await TestServer.run { port, _ in
            func without(_ name: String, _ more: [(String, String)] = []) -> [(String, String)] {
                correct.filter { $0.0 != name } + more
            }
            for fields in [
                without("Sec-WebSocket-Key"), without("Connection"),
                without("Sec-WebSocket-Key", [("Sec-WebSocket-Key", "c2hvcnQ=")]),
                without("Sec-WebSocket-Key", [("Sec-WebSocket-Key", "???")]),
                correct + [("Sec-WebSocket-Extensions", "foo; =")],
                correct + [("Sec-WebSocket-Key", RawSocket.sampleKey)],
            ] {
                let refused = try #require(try await refusal(port, fields))
                #expect(refused.status == 400)
                #expect(refused.headers["content-type"] == "text/plain; charset=utf-8" && !refused.body.isEmpty)
                #expect(refused.headers["sec-websocket-version"] == "13")
            }
            for fields in [
                without("Upgrade"), without("Sec-WebSocket-Version"),
                without("Sec-WebSocket-Version", [("Sec-WebSocket-Version", "8")]),
                [("Host", "localhost")],
            ] {
                let refused = try #require(try await refusal(port, fields))
                #expect(refused.status == 426)
                #expect(refused.headers["sec-websocket-version"] == "13")
                #expect(refused.headers["upgrade"] == "websocket")
            }
            let withBody = try #require(try await refusal(port, correct + [("Content-Length", "3")]))
            #expect(withBody.status == 400)
        }
    }

    @Test func `the application's no reaches the client in its own words, and a page from elsewhere none`() async throws
    {
        try await TestServer.run { port, _ in
            let no = try #require(try await refusal(port, correct + [("Authorization", "Bearer wrong")]))
            #expect(no.status == 401)
            #expect(no.headers["www-authenticate"] == "Bearer")
            #expect(no.body == "Who are you?" && no.headers["cache-control"] == "no-store")
            #expect(no.headers["x-content-type-options"] == "nosniff")
            let origin = try #require(try await refusal(port, correct + [("Origin", "http://evil.example")]))
            #expect(origin.status == 403)
            #expect(try await refusal(port, correct + [("Origin", "http://Page.example")]) == nil)
            let protocols = try await refusal(port, correct + [("Sec-WebSocket-Protocol", "other, another")])
            #expect(protocols?.status == 400)
        }
    }

    @Test func `other requests are Hummingbird's, before a handshake on the same connection too`() async throws {
        try await TestServer.run { port, _ in
            let hello = try #require(
                try await refusal(port, [("Host", "x"), ("Connection", "close")], line: "GET /hello HTTP/1.1"))
            #expect(hello.status == 200 && hello.body == "hello")
            let missing = try #require(try await refusal(port, [("Host", "x")], line: "GET /v1/wsx HTTP/1.1"))
            #expect(missing.status == 404)
            let post = try #require(
                try await refusal(port, [("Host", "x"), ("Content-Length", "0")], line: "POST /v1/ws HTTP/1.1"))
            #expect(post.status == 404)
            let garbage = try #require(try await refusal(port, [], line: "this is not HTTP"))
            #expect(garbage.status == 400)
        }
    }

    @Test func `a socket opens on a connection that has served requests`() async throws {
        try await TestServer.run { port, stop in
            // The request before it is part of the bytes, and its response precedes the 101 in the stream.
            let first = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/ws HTTP/1.1"
            let pipelined = try await KeptAlive.connect(port: port)
            #expect(try await pipelined.exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("hello"))
            #expect(try await pipelined.exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("hello"))
            let fields = correct.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
            let upgrade = try await pipelined.exchange(first + "\r\n" + fields, until: "101 Switching")
            #expect(upgrade.contains("hello"))
            // One after the other: what read requests before must not keep later frames from being read.
            for text in ["still here", "and here", "and again"] {
                try await pipelined.write(RawSocket.frame(1, Array(text.utf8)))
                #expect(try await pipelined.read(until: text).hasSuffix(text))
            }
            await pipelined.close()
        }
    }

    @Test func `a frame sent together with the handshake is not lost`() async throws {
        try await TestServer.run { port, _ in
            let raw = try await KeptAlive.connect(port: port)
            let fields = correct.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
            try await raw.write(
                Array("GET /v1/ws HTTP/1.1\r\n\(fields)".utf8) + RawSocket.frame(1, Array("eager".utf8)))
            #expect(try await raw.read(until: "eager").hasSuffix("eager"))
            await raw.close()
        }
    }

    @Test func `what a peer sends before the answer waits with the peer, and arrives after it`() async throws {
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let (decided, deciding) = AsyncStream.makeStream(of: Void.self)
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = 64 << 20
        try await TestServer.run(
            configuration: configuration,
            deciding: {
                asking.yield()
                for await _ in decided { break }
            }
        ) { port, _ in
            let raw = try RawConnection(port: port)
            let fields = correct.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
            await raw.send("GET /v1/ws HTTP/1.1\r\n\(fields)")
            for await _ in asked { break }
            // More than the kernel keeps for both ends: were it read meanwhile, all of it would be taken.
            let taken = await raw.offer(bytes: 64 << 20)
            #expect(taken < 32 << 20)
            deciding.yield()
            #expect(await raw.read(until: "101 Switching").contains("101 Switching"))
        }
    }

    @Test func `every handshake is told of with its answer`() async throws {
        let (answers, answered) = AsyncStream.makeStream(of: (head: HTTPRequest, status: HTTPResponse.Status).self)
        try await TestServer.run(answered: { answered.yield(($0, $1)) }) { port, _ in
            var iterator = answers.makeAsyncIterator()
            let opened = try await refusal(port, correct)
            let accepted = await iterator.next()
            #expect(opened?.status == nil && accepted?.status == .switchingProtocols)
            let no = try await refusal(port, correct + [("Authorization", "Bearer wrong")])
            let refused = await iterator.next()
            #expect(no?.status == 401 && refused?.status == .unauthorized)
            _ = try await refusal(port, [("Host", "localhost")])
            let last = await iterator.next()
            #expect(last?.status == .upgradeRequired)
            #expect(last?.head.path == "/v1/ws")
        }
    }
}
