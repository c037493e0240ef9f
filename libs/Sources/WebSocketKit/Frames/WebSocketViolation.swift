/// What a peer did that ends its connection.
public enum WebSocketViolation: Hashable, Sendable {
    /// Reserved bits or opcodes, an unmasked frame, a wrong sequence of fragments, a bad length, a bad close frame.
    case framing
    /// A text message or a close reason that is not UTF-8.
    case invalidUTF8
    /// A message longer than `WebSocketConfiguration.maximumMessageBytes`.
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
