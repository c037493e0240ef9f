public import HTTPTypes
public import NIOCore

/// Why a handshake is not answered with 101.
public enum HandshakeFailure: Error, Sendable {
    /// The request asks for no socket, or for another version of the protocol; a sentence about it. 426.
    case upgradeRequired(String)
    /// The handshake is wrong: in what, in a word for programs, and a sentence about it. 400.
    case malformed(_ what: String, String)
    /// The route's `origins` do not allow the page it comes from. 403.
    case originNotAllowed
    /// The client offers subprotocols and none that the route speaks. 400.
    case subprotocolNotSpoken
    /// The server stops. 503.
    case stopping
    /// What `accept` threw: the application's no, or a fault of its own. 500, unless it is a `WebSocketRefusal`.
    case refused(any Error)

    public var status: HTTPResponse.Status {
        switch self {
        case .upgradeRequired: .upgradeRequired
        case .malformed, .subprotocolNotSpoken: .badRequest
        case .originNotAllowed: .forbidden
        case .stopping: .serviceUnavailable
        case .refused: .internalServerError
        }
    }

    /// A sentence for the client, without anything of the application's.
    public var detail: String {
        switch self {
        case .upgradeRequired(let detail), .malformed(_, let detail): detail
        case .originNotAllowed: "Pages from this origin may not open a socket here."
        case .subprotocolNotSpoken: "None of the subprotocols in Sec-WebSocket-Protocol is spoken here."
        case .stopping: "The server stops; try again shortly."
        case .refused: "The socket could not be opened."
        }
    }

    /// What the answer has to carry whatever else it says: the version (RFC 6455 §4.4), and what to upgrade to (RFC 9110
    /// §15.5.22).
    var fields: HTTPFields {
        switch self {
        case .upgradeRequired: [.upgrade: "websocket", .secWebSocketVersion: Handshake.version]
        case .malformed: [.secWebSocketVersion: Handshake.version]
        case .originNotAllowed, .subprotocolNotSpoken, .stopping, .refused: [:]
        }
    }
}

/// The answer to a handshake that is not 101. Throw it from `accept` to refuse one.
public struct WebSocketRefusal: Error, Sendable {
    public var status: HTTPResponse.Status
    /// Without those that frame the body, which are added.
    public var headers: HTTPFields
    public var body: ByteBuffer

    public init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// What is said where the application words nothing itself: a line of text.
    public init(_ failure: HandshakeFailure) {
        if case .refused(let refusal as WebSocketRefusal) = failure {
            self = refusal
        } else {
            self.init(
                failure.status, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ByteBuffer(string: failure.detail + "\n"))
        }
    }

    /// On a connection that closes after it: its parser stopped at the handshake.
    func response(adding fields: HTTPFields) -> HTTPResponse {
        var response = HTTPResponse(status: status, headerFields: headers)
        for field in fields { response.headerFields[field.name] = field.value }
        response.headerFields[.contentLength] = String(body.readableBytes)
        response.headerFields[.connection] = "close"
        response.headerFields[.xContentTypeOptions] = "nosniff"
        if response.headerFields[.cacheControl] == nil { response.headerFields[.cacheControl] = "no-store" }
        return response
    }
}
