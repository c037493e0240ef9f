import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// The end of a connection after an answer that says `Connection: close` (RFC 9112 §9.6). Hummingbird looks at the
/// request's field alone, and would read the rest of a body that nobody wants for as long as somebody sends it.
///
/// Where a body is still on its way, a little of it is read and thrown away: a connection closed over bytes unread is reset
/// by the kernel, and the answer may be lost with it.
struct ConnectionEnd {
    static let patience = TimeAmount.seconds(1)
    private static let mostBytes = 1 << 20

    private var saysClose = false
    private var isReceiving = false
    private var isOver = false
    private var discarded = 0

    enum Then {
        case goOn
        case discard
        case close
    }

    mutating func received(_ part: HTTPRequestPart) -> Then {
        switch part {
        case .head: isReceiving = true
        case .end: isReceiving = false
        case .body(let bytes): if isOver { discarded += bytes.readableBytes }
        }
        guard isOver else { return .goOn }
        return isReceiving && discarded < Self.mostBytes ? .discard : .close
    }

    /// Whether the connection ends with the answer whose part this is, as soon as it is written.
    mutating func endsAfter(_ part: HTTPResponsePart) -> Bool {
        switch part {
        case .head(let head):
            guard head.status.kind != .informational else { return false }
            saysClose = head.headerFields[.connection]?.lowercased() == "close"
            return false
        case .body: return false
        case .end: return saysClose
        }
    }

    /// The last answer is written.
    mutating func finished() -> Then {
        isOver = true
        return isReceiving ? .discard : .close
    }
}
