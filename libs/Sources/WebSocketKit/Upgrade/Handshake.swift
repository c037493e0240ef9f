import Crypto
import DomainKit
import Foundation
import HTTPTypes

/// The opening handshake of RFC 6455 §4.2, without its transport.
enum Handshake {
    /// The client's key, when `head` asks for a socket correctly.
    static func key(of head: HTTPRequest) throws(HandshakeRefusal) -> String {
        let fields = head.headerFields
        guard fields.list(.upgrade).contains(where: { $0.lowercased() == "websocket" }) else {
            throw upgradeRequired("This route opens a WebSocket; the request does not ask for one.")
        }
        guard fields.list(.connection).contains(where: { $0.lowercased() == "upgrade" }) else {
            throw invalid("connection-upgrade", "The field Connection must list \"upgrade\".")
        }
        guard fields.list(.secWebSocketVersion) == ["13"] else {
            throw upgradeRequired("Version 13 of the protocol is spoken here.")
        }
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            throw invalid("key", "The field Sec-WebSocket-Key must hold 16 bytes in base64.")
        }
        guard !hasBody(head) else {
            throw invalid("body", "An opening handshake has no body.")
        }
        guard head.authority?.isEmpty == false else {
            throw invalid("host", "The field Host is missing.")
        }
        return keys[0]
    }

    static func hasBody(_ head: HTTPRequest) -> Bool {
        head.headerFields[.transferEncoding] != nil || (head.headerFields[.contentLength] ?? "0") != "0"
    }

    /// What proves that the server understood the handshake (§4.2.2).
    static func acceptValue(for key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    private static func upgradeRequired(_ message: String) -> HandshakeRefusal {
        HandshakeRefusal(
            failure: Failure(.invalidInput, code: "platform.upgrade-required", message: message),
            status: .upgradeRequired,
            fields: [.upgrade: "websocket", .secWebSocketVersion: "13"])
    }

    private static func invalid(_ what: String, _ detail: String) -> HandshakeRefusal {
        let violation = Violation(pointer: "", code: what, detail: detail)
        var failure = Failure.invalid([violation])
        failure.message = "The WebSocket handshake is not correct. " + detail
        return HandshakeRefusal(failure: failure, status: .badRequest, fields: [.secWebSocketVersion: "13"])
    }
}

extension HTTPFields {
    /// The members of a comma-separated field, over all its lines, without empty ones (RFC 9110 §5.6.1).
    func list(_ name: HTTPField.Name) -> [String] {
        self[values: name].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}
