import NIOCore

@testable import WebSocketKit

/// Writes down what a connection reports, and answers a few messages in ways that tests need.
final class RecordingHandler: WebSocketHandler {
    private(set) var log: [String] = []
    var onText: ((String, WebSocketConnection) -> Void)?
    var onDrain: ((WebSocketConnection) -> Void)?

    func opened(_ connection: WebSocketConnection) { log.append("opened") }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        log.append("text \(String(buffer: text))")
        onText?(String(buffer: text), connection)
    }

    func received(pong: ByteBuffer, on connection: WebSocketConnection) {
        log.append("pong \(String(buffer: pong))")
    }

    func fellBehind(pendingBytes: Int, on connection: WebSocketConnection) {
        log.append("fell behind")
        connection.close(WebSocketCloseCode(4408))
    }

    func writabilityChanged(isWritable: Bool, on connection: WebSocketConnection) {
        log.append("writable \(isWritable)")
    }

    func draining(_ connection: WebSocketConnection) {
        log.append("draining")
        if let onDrain { onDrain(connection) } else { connection.close(.serviceRestart) }
    }

    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
        log.append("closed \(code)" + (reason.isEmpty ? "" : " \(reason)"))
    }
}
