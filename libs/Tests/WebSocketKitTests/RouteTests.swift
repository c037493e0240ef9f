import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import PlatformTesting
import Testing

@testable import WebSocketKit

/// Several routes of one server.
@Suite struct RouteTests {
    private var server: HTTPServerBuilder {
        var narrow = WebSocketConfiguration()
        narrow.maximumMessageBytes = 10
        return .http1WebSocketUpgrade(
            WebSocketRoute(path: "/one", configuration: narrow, subprotocols: ["first"], origins: .any) { _ in
                WebSocketAcceptance { _ in EchoHandler() }
            },
            WebSocketRoute(path: "/one/two", subprotocols: ["second"]) { request in
                let greeting = "two \(request.subprotocol ?? "none")"
                return WebSocketAcceptance { _ in GreetingHandler(greeting) }
            },
            WebSocketRoute(path: "/broken") { _ in throw CancellationError() })
    }

    @Test func `every route has its handler, subprotocols, limits and origins`() async throws {
        try await TestServer.run(server) { port, _ in
            let one = try await RawSocket.connect(
                port: port, path: "/one?x=1", headers: [("Origin", "http://evil.example")], subprotocols: ["first"])
            #expect(one.responseHeaders["sec-websocket-protocol"] == "first")
            try await one.send("short")
            #expect(try await one.next() == .text("short"))
            try await one.send("rather long")
            #expect(try await one.next() == .close(1009, reason: ""))
            let two = try await RawSocket.connect(port: port, path: "/one/two", subprotocols: ["first", "second"])
            #expect(try await two.next() == .text("two second"))
            try await two.send("rather long")
            let none = try await RawSocket.connect(port: port, path: "/one/two")
            #expect(none.responseHeaders["sec-websocket-protocol"] == nil)
            #expect(try await none.next() == .text("two none"))
            for socket in [one, two, none] { await socket.disconnect() }
        }
    }

    @Test func `other paths are the router's, and what a route throws is a refusal without its text`() async throws {
        try await TestServer.run(server) { port, _ in
            for (path, status) in [
                ("/", 404), ("/on", 404), ("/one/", 404), ("/one/two/", 404), ("/ONE", 404), ("/hello", 200),
                ("/broken", 500),
            ] {
                let refused = await #expect(throws: RefusedSocket.self, "\(path)") {
                    try await RawSocket.connect(port: port, path: path)
                }
                #expect(refused?.status == status, "\(path)")
                #expect(refused?.body.contains("Cancellation") == false)
            }
        }
    }

    private func status(_ port: Int, _ origin: String) async throws -> Int {
        do {
            let socket = try await RawSocket.connect(port: port, path: "/one/two", headers: [("Origin", origin)])
            await socket.disconnect()
            return 101
        } catch let refused as RefusedSocket {
            return refused.status
        }
    }

    @Test func `pages of the same host may open sockets, if nothing else is said`() async throws {
        try await TestServer.run(server) { port, _ in
            let own = try await status(port, "http://127.0.0.1:\(port)")
            #expect(own == 101)
            let foreign = [
                "http://127.0.0.1", "http://127.0.0.1:\(port).evil.example", "null", "127.0.0.1:\(port)", "",
            ]
            for origin in foreign {
                #expect(try await status(port, origin) == 403, "\(origin)")
            }
        }
    }
}

private final class GreetingHandler: WebSocketHandler {
    private let greeting: String

    init(_ greeting: String) { self.greeting = greeting }

    func opened(_ connection: WebSocketConnection) { connection.send(text: greeting) }
    func received(text: ByteBuffer, on connection: WebSocketConnection) {}
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {}
}
