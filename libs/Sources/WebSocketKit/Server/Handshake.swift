import Crypto
import Foundation
import HTTPTypes

/// The opening handshake of RFC 6455 §4, without its transport.
enum Handshake {
    static let version = "13"

    /// What a correct handshake holds.
    struct Offer: Sendable {
        var key: String
        var extensions: [WebSocketExtensionTerms]
        /// The one of the route's that the client wants most.
        var subprotocol: String?
    }

    /// Reads `head`, when it asks for a socket correctly (§4.2.1) and from where it may.
    static func offer(in head: HTTPRequest, for route: WebSocketRoute) throws(HandshakeFailure) -> Offer {
        let fields = head.headerFields
        guard fields.list(.upgrade).contains(where: { $0.lowercased() == "websocket" }) else {
            throw .upgradeRequired("This route opens a WebSocket; the request does not ask for one.")
        }
        guard fields.list(.connection).contains(where: { $0.lowercased() == "upgrade" }) else {
            throw .malformed("connection-upgrade", "The field Connection must list \"upgrade\".")
        }
        guard fields.list(.secWebSocketVersion) == [version] else {
            throw .upgradeRequired("Version \(version) of the protocol is spoken here.")
        }
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            throw .malformed("key", "The field Sec-WebSocket-Key must hold 16 bytes in base64.")
        }
        guard !hasBody(head) else { throw .malformed("body", "An opening handshake has no body.") }
        guard let host = head.authority, !host.isEmpty else {
            throw .malformed("host", "The field Host is missing.")
        }
        guard let extensions = WebSocketExtensionTerms.list(in: fields) else {
            throw .malformed("extensions", "The field Sec-WebSocket-Extensions cannot be read.")
        }
        if let origin = fields[.origin], !route.origins.allows(origin, host) { throw .originNotAllowed }
        let subprotocol = try subprotocol(offered: fields.list(.secWebSocketProtocol), route.subprotocols)
        return Offer(key: keys[0], extensions: extensions, subprotocol: subprotocol)
    }

    private static func subprotocol(offered: [String], _ spoken: [String]) throws(HandshakeFailure) -> String? {
        if offered.isEmpty || spoken.isEmpty { return nil }
        guard let chosen = offered.first(where: spoken.contains) else { throw .subprotocolNotSpoken }
        return chosen
    }

    static func hasBody(_ head: HTTPRequest) -> Bool {
        head.headerFields[.transferEncoding] != nil || (head.headerFields[.contentLength] ?? "0") != "0"
    }

    /// What proves that the server understood the handshake (§4.2.2).
    static func acceptValue(for key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
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
