public import NIOCore

/// A protocol extension (RFC 6455 §9), apart from any connection: how it is agreed on.
///
/// A route or a client lists the extensions it speaks. Those that both sides want get a codec on that connection; a
/// connection without one costs nothing for the others.
public protocol WebSocketExtension: Sendable {
    /// Its registered name, such as `permessage-deflate`; compared without case, as all tokens of it are.
    var name: String { get }

    /// A server's answer to one offer of a client, or nil to decline it. Of several offers under one name the first that is
    /// taken counts. Called on the connection's event loop, right before the 101 is written.
    func accept(_ offer: WebSocketExtensionTerms) -> WebSocketExtensionAgreement?

    /// What a client offers under `name`, most wanted first.
    var offers: [WebSocketExtensionTerms] { get }

    /// What the server's answer means to a client. Nil, for an answer that fits no offer, fails the connection (§4.1).
    func agree(to answer: WebSocketExtensionTerms) -> (any WebSocketExtensionCodec)?
}

/// A server's yes to an offer: what the 101 says of it, and what does it on this connection.
public struct WebSocketExtensionAgreement {
    public var answer: WebSocketExtensionTerms
    public var codec: any WebSocketExtensionCodec

    public init(_ answer: WebSocketExtensionTerms, codec: any WebSocketExtensionCodec) {
        self.answer = answer
        self.codec = codec
    }
}

/// An extension at work on one connection. Touched on its event loop only, and released with the connection.
///
/// It sees the frames of messages in their order, and no control frames: those pass by it, between fragments as well,
/// and carry no reserved bits.
public protocol WebSocketExtensionCodec: AnyObject {
    /// The bits it gives a meaning. No two codecs of a connection share one; a bit that nobody claims ends the connection
    /// with 1002 (§5.2).
    var reservedBits: WebSocketReservedBits { get }

    /// What is sent in the place of a whole message. Called once a message and connection, in the order of sending.
    ///
    /// The frame may be one of many sockets: `isSame(as:)` tells whether it is the one that was transformed before.
    func encode(_ message: EncodedFrame) -> EncodedFrame

    /// The payload of one frame as the peer meant it. Throws a violation that ends the connection, `.framing` for bits
    /// on frames that may not have them.
    ///
    /// It must stop, and throw `.messageTooBig`, before it has made more than `frame.room` bytes: a few bytes may stand for
    /// very many.
    func decode(_ frame: WebSocketDataFrame) throws(WebSocketViolation) -> ByteBuffer
}

public enum WebSocketMessageKind: Hashable, Sendable {
    case text
    case binary
}

/// One received frame of a message, unmasked.
public struct WebSocketDataFrame: Sendable {
    /// What the whole message is.
    public var kind: WebSocketMessageKind
    public var isFirst: Bool
    public var isFinal: Bool
    /// All of the frame's, those of other extensions too.
    public var reservedBits: WebSocketReservedBits
    public var payload: ByteBuffer
    /// So many bytes the message may still have.
    public var room: Int
}

/// RSV1 to RSV3, where they lie in a frame's first byte (RFC 6455 §5.2).
public struct WebSocketReservedBits: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let rsv1 = WebSocketReservedBits(rawValue: 0x40)
    public static let rsv2 = WebSocketReservedBits(rawValue: 0x20)
    public static let rsv3 = WebSocketReservedBits(rawValue: 0x10)
    static let all: WebSocketReservedBits = [.rsv1, .rsv2, .rsv3]
}
