import DomainKit
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

@testable import WebSocketKit

/// A Hummingbird server with one socket route and one ordinary route, on a port of its own.
enum TestServer {
    /// Runs `body` against the server, then stops it gracefully.
    static func run(
        configuration: WebSocketConfiguration = WebSocketConfiguration(),
        handler: @escaping @Sendable () -> any WebSocketHandler = { EchoHandler() },
        deciding: @escaping @Sendable () async -> Void = {},
        answered: (@Sendable (AnsweredHandshake) -> Void)? = nil,
        _ body: @Sendable (_ port: Int, _ stop: @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        let route = WebSocketRoute(path: "/v1/ws", configuration: configuration, answered: answered) { request in
            await deciding()
            if request.head.headerFields[.authorization] == "Bearer wrong" {
                throw Failure(.unauthenticated, code: "test.no", message: "Who are you?")
            }
            if request.origin == "http://evil.example" {
                throw Failure(.forbidden, code: "test.origin", message: "Not from there.")
            }
            let chosen = request.subprotocols.first { $0 == "chat.v1" }
            return WebSocketAcceptance(subprotocol: chosen) { _ in handler() }
        }
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        router.post("echo") { request, _ in try await request.body.collect(upTo: 1_000) }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: router, server: .http1WebSocketUpgrade(route),
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

/// Sends every message back.
final class EchoHandler: WebSocketHandler {
    func opened(_ connection: WebSocketConnection) {}
    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text: text) }
    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.send(EncodedFrame(binary: binary))
    }
    func closed(_ code: WebSocketCloseCode, on connection: WebSocketConnection) {}
}
