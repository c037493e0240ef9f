import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import WebSocketKit

// The page in Sources/WebSocketKit/README.md, from the next line to the end.
/// Whoever opens a socket hears every score from then on, and may say one.
final class ScoreBoard: Sendable {
    private let listeners = Mutex<[ObjectIdentifier: WebSocketConnection]>([:])

    /// Goes to Hummingbird's `Application(router: router, server: board.server)`, beside ordinary routes: other paths, and
    /// other methods of this one, are the router's. More routes are more arguments.
    var server: HTTPServerBuilder {
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = 1_024
        configuration.pingInterval = .seconds(20)
        let scores = WebSocketRoute(
            path: "/scores", configuration: configuration, subprotocols: ["scores.v1"],
            origins: .only(["https://scores.example.com"])
        ) { request in
            guard request.head.headerFields[.authorization] == "Bearer open sesame" else {
                throw WebSocketRefusal(.unauthorized, headers: [.wwwAuthenticate: "Bearer"])
            }
            return WebSocketAcceptance { _ in Listener(board: self) }
        }
        return .http1WebSocketUpgrade(scores)
    }

    /// One frame for all, however many they are.
    func tell(_ score: String) {
        let frame = EncodedFrame(text: score)
        for listener in listeners.withLock({ Array($0.values) }) { listener.send(frame) }
    }

    /// Called on the socket's event loop, in order, and must not block it. A peer that sends binary messages, breaks the
    /// protocol or reads too slowly is closed without a line about it here.
    private final class Listener: WebSocketHandler {
        private let board: ScoreBoard

        init(board: ScoreBoard) { self.board = board }

        func opened(_ connection: WebSocketConnection) {
            board.listeners.withLock { $0[ObjectIdentifier(connection)] = connection }
        }

        func received(text: ByteBuffer, on connection: WebSocketConnection) {
            let score = String(buffer: text)
            guard score.contains("=") else { return connection.close(WebSocketCloseCode(4400), reason: "not a score") }
            board.tell(score)
        }

        func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
            board.listeners.withLock { $0[ObjectIdentifier(connection)] = nil }
        }
    }
}

/// The other side: says one score, and hears until somebody reaches a hundred. `wss://` checks the server's certificate.
func play(_ score: String, at url: String) async throws -> [String] {
    var configuration = WebSocketClientConfiguration()
    configuration.headers = [.authorization: "Bearer open sesame"]
    configuration.subprotocols = ["scores.v1"]
    configuration.handshakeTimeout = .seconds(30)
    let inbox = WebSocketInbox()
    let socket = try await WebSocketClient(configuration).connect(to: url) { _, _ in inbox }
    socket.send(text: score)
    var heard: [String] = []
    for await message in inbox {
        guard case .text(let score) = message else { continue }
        heard.append(score)
        if score.hasSuffix("=100") { socket.close(.normal) }
    }
    return heard
}
