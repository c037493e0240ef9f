/// The frame types of RFC 6455 §5.2; every other number is reserved.
enum WebSocketOpcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { rawValue & 0x8 != 0 }
}

/// What a peer did that ends its connection.
public enum WebSocketViolation: Error, Hashable, Sendable {
    /// Bits or opcodes nobody gave a meaning, a missing or needless mask, a wrong sequence of fragments, a bad length, a bad
    /// close frame, or what an extension cannot read.
    case framing
    /// A text message or a close reason that is not UTF-8.
    case invalidUTF8
    /// A message longer than `WebSocketConfiguration.maximumMessageBytes`, after extensions have been at it.
    case messageTooBig
    /// A binary message where the application takes none.
    case unexpectedBinary

    /// The code RFC 6455 §7.4.1 gives for it.
    public var standardCloseCode: WebSocketCloseCode {
        switch self {
        case .framing: .protocolError
        case .invalidUTF8: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .unexpectedBinary: .unacceptableData
        }
    }
}

/// Why a socket is closed (RFC 6455 §7.4): a number on the wire, four-digit, 4000-4999 for the application's own.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let normal = WebSocketCloseCode(1000)
    public static let goingAway = WebSocketCloseCode(1001)
    public static let protocolError = WebSocketCloseCode(1002)
    public static let unacceptableData = WebSocketCloseCode(1003)
    /// Never on the wire: the peer's close frame had no code.
    public static let noStatus = WebSocketCloseCode(1005)
    /// Never on the wire: the connection went away without a close frame.
    public static let abnormal = WebSocketCloseCode(1006)
    public static let invalidPayload = WebSocketCloseCode(1007)
    public static let policyViolation = WebSocketCloseCode(1008)
    public static let messageTooBig = WebSocketCloseCode(1009)
    public static let internalError = WebSocketCloseCode(1011)
    public static let serviceRestart = WebSocketCloseCode(1012)
    public static let tryAgainLater = WebSocketCloseCode(1013)

    /// Whether a peer may send it: those registered for the wire, libraries' (3000-3999) and applications' (4000-4999).
    public var isAllowedOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension WebSocketCloseCode: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
