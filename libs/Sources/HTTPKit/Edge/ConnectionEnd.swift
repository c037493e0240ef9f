import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// The end of a connection: after an answer that says `Connection: close` (RFC 9112 §9.6), and after one to a request whose
/// body goes on and on. Hummingbird looks at the request's field alone, and would read the rest of a body that nobody wants
/// for as long as somebody sends it.
///
/// Some of it is read and thrown away: a connection closed over bytes unread is reset by the kernel, and the answer may be
/// lost with it.
struct ConnectionEnd {
    static let patience = TimeAmount.seconds(1)
    /// After the last answer; and after another one, so that a body that was nearly there costs nobody the connection.
    private static let (mostAtEnd, mostBetween) = (1 << 20, 16 << 20)

    private var saysClose = false
    private var isReceiving = false
    /// The body that comes is of a request that has its answer.
    private var isUnwanted = false
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
        case .end: (isReceiving, isUnwanted) = (false, false)
        case .body(let bytes): if isUnwanted { discarded += bytes.readableBytes }
        }
        if isOver { return isReceiving && discarded < Self.mostAtEnd ? .discard : .close }
        return isUnwanted && discarded > Self.mostBetween ? .close : .goOn
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
        (isOver, isUnwanted, discarded) = (true, isReceiving, 0)
        return isReceiving ? .discard : .close
    }

    /// An answer is written, and no request waits for another.
    mutating func caughtUp() { (isUnwanted, discarded) = (isReceiving, 0) }
}
