import NIOCore

@testable import WebSocketKit

/// An extension that no one needs: messages travel under an XOR with the key of `key=...`, and RSV1, or another bit, of
/// their first frame says so.
struct ToyExtension: WebSocketExtension {
    var name = "x-toy"
    var bit = WebSocketReservedBits.rsv1
    var offers: [WebSocketExtensionTerms] = [.init("x-toy", [.init("key", "7")])]
    var encoded: @Sendable () -> Void = {}

    func accept(_ offer: WebSocketExtensionTerms) -> WebSocketExtensionAgreement? {
        guard let codec = agree(to: offer) else { return nil }
        return WebSocketExtensionAgreement(WebSocketExtensionTerms(name, offer.parameters), codec: codec)
    }

    func agree(to answer: WebSocketExtensionTerms) -> (any WebSocketExtensionCodec)? {
        guard answer.parameters.count == 1, answer.parameters[0].name == "key",
            let key = answer.parameters[0].value.flatMap({ UInt8($0) })
        else { return nil }
        return ToyCodec(key: key, bit: bit, encoded: encoded)
    }
}

private final class ToyCodec: WebSocketExtensionCodec {
    let reservedBits: WebSocketReservedBits
    private let key: UInt8
    private let encoded: () -> Void
    private var isMine = false
    private var last: (from: EncodedFrame, to: EncodedFrame)?

    init(key: UInt8, bit: WebSocketReservedBits, encoded: @escaping () -> Void) {
        self.key = key
        self.encoded = encoded
        reservedBits = bit
    }

    func encode(_ message: EncodedFrame) -> EncodedFrame {
        if let last, last.from.isSame(as: message) { return last.to }
        encoded()
        let frame = EncodedFrame(
            message.kind ?? .binary, payload: scrambled(message.payload),
            reservedBits: message.reservedBits.union(reservedBits))
        last = (message, frame)
        return frame
    }

    func decode(_ frame: WebSocketDataFrame) throws(WebSocketViolation) -> ByteBuffer {
        let isMarked = frame.reservedBits.isSuperset(of: reservedBits)
        if frame.isFirst { isMine = isMarked } else if isMarked { throw .framing }
        return isMine ? scrambled(frame.payload) : frame.payload
    }

    private func scrambled(_ bytes: ByteBuffer) -> ByteBuffer {
        ByteBuffer(bytes: bytes.readableBytesView.map { $0 ^ key })
    }
}

/// Makes a hundred bytes of each one.
struct BombExtension: WebSocketExtension {
    let name = "x-bomb"
    let offers = [WebSocketExtensionTerms("x-bomb")]

    func accept(_ offer: WebSocketExtensionTerms) -> WebSocketExtensionAgreement? {
        WebSocketExtensionAgreement(offer, codec: BombCodec())
    }

    func agree(to answer: WebSocketExtensionTerms) -> (any WebSocketExtensionCodec)? { BombCodec() }

    private final class BombCodec: WebSocketExtensionCodec {
        let reservedBits = WebSocketReservedBits.rsv3

        func encode(_ message: EncodedFrame) -> EncodedFrame { message }

        func decode(_ frame: WebSocketDataFrame) throws(WebSocketViolation) -> ByteBuffer {
            ByteBuffer(bytes: frame.payload.readableBytesView.flatMap { Array(repeating: $0, count: 100) })
        }
    }
}
