import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

@testable import WebSocketKit

/// A Hummingbird server with one socket route and one ordinary route, on a port of its own.
enum TestServer {
    /// Runs `body` against the server, then stops it gracefully.
    static func run(
        configuration: WebSocketConfiguration = WebSocketConfiguration(), extensions: [any WebSocketExtension] = [],
        handler: @escaping @Sendable () -> any WebSocketHandler = { EchoHandler() },
        deciding: @escaping @Sendable () async -> Void = {},
        answered: (@Sendable (HTTPRequest, HTTPResponse.Status) -> Void)? = nil, tls: TLSConfiguration? = nil,
        _ body: @Sendable (_ port: Int, _ stop: @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        let route = WebSocketRoute(
            path: "/v1/ws", configuration: configuration, subprotocols: ["chat.v1"],
            origins: .only(["http://page.example"]), extensions: extensions,
            opening: { TestHandshake(head: $0, deciding: deciding, told: answered, handler: handler) })
        try await run(.http1WebSocketUpgrade(route), tls: tls, body)
    }

    /// Runs `body` against a server with routes of its own.
    static func run(
        _ server: HTTPServerBuilder, tls: TLSConfiguration? = nil,
        _ body: @Sendable (_ port: Int, _ stop: @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        router.post("echo") { request, _ in try await request.body.collect(upTo: 1_000) }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: router, server: try tls.map { try .tls(server, tlsConfiguration: $0) } ?? server,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { running.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [app], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            try await body(port) { await group.triggerGracefulShutdown() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

private struct TestHandshake: OpeningHandshake {
    let head: HTTPRequest
    let deciding: @Sendable () async -> Void
    let told: (@Sendable (HTTPRequest, HTTPResponse.Status) -> Void)?
    let handler: @Sendable () -> any WebSocketHandler

    func accept(_ request: WebSocketRequest) async throws -> WebSocketAcceptance {
        await deciding()
        if request.head.headerFields[.authorization] == "Bearer wrong" {
            throw WebSocketRefusal(
                .unauthorized, headers: [.wwwAuthenticate: "Bearer"], body: ByteBuffer(string: "Who are you?"))
        }
        return WebSocketAcceptance(headers: [.server: "test"]) { _ in handler() }
    }

    func answered(_ status: HTTPResponse.Status, after time: Duration, to peer: SocketAddress?) {
        told?(head, status)
    }
}

/// Sends every message back.
final class EchoHandler: WebSocketHandler {
    func opened(_ connection: WebSocketConnection) {}
    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text: text) }
    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.send(EncodedFrame(binary: binary))
    }
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {}
}
