import Foundation
public import HTTPTypes

/// The client's half of the opening handshake (RFC 6455 §4.1), without its transport.
struct ClientHandshake: Sendable {
    let request: HTTPRequest
    private let key: String
    private let subprotocols: [String]
    private let extensions: [any WebSocketExtension]

    /// The key is 16 bytes of the system's random numbers, for this connection alone.
    init(
        to url: WebSocketURL, _ configuration: WebSocketClientConfiguration, key: String = ClientHandshake.randomKey()
    ) {
        self.key = key
        subprotocols = configuration.subprotocols
        extensions = configuration.extensions
        var fields = configuration.headers
        fields[.upgrade] = "websocket"
        fields[.connection] = "Upgrade"
        fields[.secWebSocketVersion] = Handshake.version
        fields[.secWebSocketKey] = key
        fields[.secWebSocketProtocol] = subprotocols.isEmpty ? nil : subprotocols.joined(separator: ", ")
        let offers = extensions.flatMap(\.offers).map(\.fieldValue)
        fields[.secWebSocketExtensions] = offers.isEmpty ? nil : offers.joined(separator: ", ")
        request = HTTPRequest(
            method: .get, scheme: url.isSecure ? "https" : "http", authority: url.authority, path: url.target,
            headerFields: fields)
    }

    static func randomKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).base64EncodedString()
    }

    /// What a 101 agrees to. On the event loop. Fails: `invalidHandshake`.
    func agree(to response: HTTPResponse) throws(WebSocketClientError) -> (WebSocketAgreement, FrameTransform) {
        let fields = response.headerFields
        guard fields.list(.upgrade).map({ $0.lowercased() }) == ["websocket"] else {
            throw .invalidHandshake("Upgrade is not websocket")
        }
        guard fields.list(.connection).contains(where: { $0.lowercased() == "upgrade" }) else {
            throw .invalidHandshake("Connection does not list upgrade")
        }
        guard fields.list(.secWebSocketAccept) == [Handshake.acceptValue(for: key)] else {
            throw .invalidHandshake("Sec-WebSocket-Accept does not answer the key")
        }
        let chosen = fields[values: .secWebSocketProtocol]
        guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else {
            throw .invalidHandshake("Sec-WebSocket-Protocol was not offered")
        }
        guard let answers = WebSocketExtensionTerms.list(in: fields),
            let transform = FrameTransform.client(extensions, answers: answers)
        else { throw .invalidHandshake("Sec-WebSocket-Extensions does not fit what was offered") }
        let agreement = WebSocketAgreement(response: response, subprotocol: chosen.first, extensions: answers)
        return (agreement, transform)
    }
}

/// What a server has agreed to.
public struct WebSocketAgreement: Sendable {
    /// The 101 as it came.
    public let response: HTTPResponse
    /// One of those offered, or nil where the server speaks none of them.
    public let subprotocol: String?
    public let extensions: [WebSocketExtensionTerms]
}
