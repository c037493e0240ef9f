import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing

/// What only shows on a real connection.
@Suite struct SocketTests {
    private let application = edgeApplication { router in
        router.get("/") { _, _ in EchoBody(text: "hello").ok }
        router.post("/rooms") { request, _ in
            let body = try await request.decode([String: String].self, limit: 1_000)
            return JSONResponse(.created, EchoBody(text: body["name"] ?? ""))
        }
        router.post("/last") { _, _ -> Response in
            throw Failure(.forbidden, code: "test.over", message: "Over.").with([.connection: "close"])
        }
    }

    private func answer(to request: String, until end: String? = nil) async throws -> String {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            await connection.send(request)
            return await connection.read(until: end)
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n", "G\u{e9}T / HTTP/1.1\r\n\r\n",
        "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhOsT: x\r\nX: y\r\nHOST: z\r\n\r\n",
        "POST /rooms HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
    func `broken HTTP is a 400 problem and the end of the connection`(request: String) async throws {
        let answer = try await answer(to: request)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("application/problem+json"))
        #expect(answer.contains("platform.malformed-http"))
    }

    @Test func `a body broken on the way is a 400, too`() async throws {
        let answer = try await answer(
            to:
                "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("platform.malformed-http"))
    }

    @Test func `a body of unknown length stops at the limit`() async throws {
        let chunk = "400\r\n" + String(repeating: "x", count: 0x400) + "\r\n"
        let answer = try await answer(
            to:
                "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk + chunk + "0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.contains("platform.content-too-large"))
    }

    @Test func `a length over the limit is refused before anything is sent`() async throws {
        let answer = try await answer(
            to: "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n",
            until: "platform.content-too-large")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `who waits for leave to send its body gets it`() async throws {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            await connection.send(
                "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            await connection.send(#"{"name":"a"}"#)
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 201 Created\r\n"))
        }
    }

    @Test func `an answer that ends the connection ends it, however much is still being sent`() async throws {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            let size = 1 << 30
            await connection.send("POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n")
            // What is thrown away, and what the kernel keeps for both ends.
            #expect(await connection.offer(bytes: size) < 64 << 20)
            try await until("the connection is closed") { !(await connection.isOpen) }
        }
    }

    @Test func `a body nobody wants is read to its end when that is near, and else ends the connection`() async throws {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            let head = "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length:"
            await connection.send("\(head) 2000000\r\n\r\n" + String(repeating: "x", count: 2_000_000))
            await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await connection.read(until: "hello").contains("404"))
            let size = 1 << 30
            await connection.send("\(head) \(size)\r\n\r\n")
            #expect(await connection.offer(bytes: size) < 128 << 20)
            try await until("the connection is closed") { !(await connection.isOpen) }
        }
    }

    @Test func `the answer that ends a connection arrives whole, and nothing after it`() async throws {
        let last = "POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        let body = String(repeating: "x", count: 100_000)
        let answer = try await answer(to: last + body + "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("test.over"))
        #expect(!answer.contains("hello") && !answer.contains("nothing more within"))
    }

    @Test func `an answer that ends the connection ends it also for who sends nothing more`() async throws {
        let answer = try await answer(to: "POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        #expect(answer.contains("test.over") && !answer.contains("nothing more within"))
    }

    @Test func `requests in one packet are answered in order`() async throws {
        let answers = try await answer(
            to:
                "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        let statuses = answers.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(statuses == ["200", "404", "200"])
        #expect(answers.hasSuffix("\r\n\r\n"))
    }

    @Test func `a keep-alive connection outlives a refused body`() async throws {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            let big = String(repeating: "x", count: 2_000)
            await connection.send(
                "POST /rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n\(big)"
            )
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 413 "))
            await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func `the absolute form of a target is understood`() async throws {
        let answer = try await answer(
            to: "GET http://x:1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test(arguments: ["gzip, chunked", "gzip", "x-own", "identity"])
    func `a transfer coding nobody knows is a 501`(coding: String) async throws {
        let answer = try await answer(
            to: "POST /rooms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \(coding)\r\n\r\n0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 501 Not Implemented\r\n"))
        #expect(answer.contains("platform.unsupported-transfer-encoding"))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n",
        "GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\((0..<200).map { "X-\($0): y\r\n" }.joined())\r\n",
    ])
    func `a head that is too large is a 431`(request: String) async throws {
        let answer = try await answer(to: request)
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
        #expect(answer.contains("platform.headers-too-large"))
    }

    @Test func `what is refused waits for the answers before it`() async throws {
        let answers = try await answer(
            to:
                "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        #expect(answers.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "400"])
    }

    @Test(arguments: [
        "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\nTE: trailers\r\n\r\n",
    ])
    func `a connection that is to end does so after the answer`(request: String) async throws {
        let answer = try await answer(to: request)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix(#"{"text":"hello"}"#))
    }

    @Test func `HTTP 1.0 keeps its connection when it asks to`() async throws {
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            for _ in 0..<2 {
                await connection.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
                #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    @Test(arguments: ["h2c", "websocket", "TLS/1.0, HTTP/2.0"])
    func `an upgrade nobody offers is ignored`(name: String) async throws {
        let answer = try await answer(
            to: "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: \(name)\r\n\r\n", until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func `leave to send a body waits for the answers before it`() async throws {
        let gate = Gate()
        let application = edgeApplication { router in
            router.get("/slow") { _, _ in
                await gate.pass()
                return EchoBody(text: "slow").ok
            }
            router.post("/rooms") { request, _ in
                JSONResponse(.created, EchoBody(text: "\(try await request.collect(limit: 100).readableBytes)"))
            }
        }
        try await application.test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            await connection.send(
                "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
            )
            await gate.arrival()
            gate.open()
            let answers = await connection.read(until: "100 Continue\r\n\r\n")
            #expect(answers.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answers.hasSuffix("{\"text\":\"slow\"}HTTP/1.1 100 Continue\r\n\r\n"))
            await connection.send("abc")
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 201 Created\r\n"))
        }
    }
}
