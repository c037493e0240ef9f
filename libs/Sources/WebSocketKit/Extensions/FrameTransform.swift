import NIOCore

/// What one connection does to frames beyond passing them on: its extensions, and a client's masks.
///
/// A server's socket without extensions has none, and pays with one look whether there is one.
final class FrameTransform {
    /// What the peer's frames must look like.
    let rules: FrameHeader.Rules
    private let isClient: Bool
    /// In the order of the agreement: the first one is nearest to the application (§9.1).
    private let codecs: [any WebSocketExtensionCodec]

    init(isClient: Bool, codecs: [any WebSocketExtensionCodec]) {
        self.isClient = isClient
        self.codecs = codecs
        rules = FrameHeader.Rules(
            isMasked: !isClient, reservedBits: codecs.reduce(into: []) { $0.formUnion($1.reservedBits) })
    }

    var hasExtensions: Bool { !codecs.isEmpty }

    /// The bytes that go to the wire for `frame`.
    func outgoing(_ frame: EncodedFrame) -> ByteBuffer {
        let encoded = frame.kind == nil ? frame : codecs.reduce(frame) { $1.encode($0) }
        return isClient ? encoded.masked() : encoded.bytes
    }

    /// How long one frame may be on the wire where a message has `limit` bytes: what does not compress grows by a little.
    func longestPayload(for limit: Int) -> Int {
        let (sum, isTooMuch) = limit.addingReportingOverflow(limit / 8 + 64)
        return isTooMuch ? .max : sum
    }

    /// The payload of a received frame of a message, of which at most `room` bytes may come.
    func decode(
        _ payload: ByteBuffer, _ header: FrameHeader, kind: WebSocketMessageKind, isFirst: Bool, room: Int
    ) throws(WebSocketViolation) -> ByteBuffer {
        var frame = WebSocketDataFrame(
            kind: kind, isFirst: isFirst, isFinal: header.isFinal, reservedBits: header.reservedBits,
            payload: payload, room: room)
        for codec in codecs.reversed() { frame.payload = try codec.decode(frame) }
        guard frame.payload.readableBytes <= room else { throw .messageTooBig }
        return frame.payload
    }
}

// MARK: - Agreement

extension FrameTransform {
    /// What a server answers to the offers of a client, and what comes of it; nil where there is nothing to transform.
    static func server(
        _ extensions: [any WebSocketExtension], offers: [WebSocketExtensionTerms]
    ) -> (transform: FrameTransform, answers: [WebSocketExtensionTerms])? {
        var claims = WebSocketReservedBits()
        var (answers, codecs): ([WebSocketExtensionTerms], [any WebSocketExtensionCodec]) = ([], [])
        for offer in offers where !answers.contains(where: { $0.isNamed(offer.name) }) {
            guard let agreement = extensions.first(where: { offer.isNamed($0.name) })?.accept(offer),
                claims.isDisjoint(with: agreement.codec.reservedBits)
            else { continue }
            claims.formUnion(agreement.codec.reservedBits)
            answers.append(agreement.answer)
            codecs.append(agreement.codec)
        }
        return codecs.isEmpty ? nil : (FrameTransform(isClient: false, codecs: codecs), answers)
    }

    /// What a client makes of a server's answers. Nil where they fit nothing it offered (§4.1), or each other.
    static func client(
        _ extensions: [any WebSocketExtension], answers: [WebSocketExtensionTerms]
    ) -> FrameTransform? {
        var claims = WebSocketReservedBits()
        var codecs: [any WebSocketExtensionCodec] = []
        var left = extensions
        for answer in answers {
            guard let index = left.firstIndex(where: { answer.isNamed($0.name) }),
                let codec = left.remove(at: index).agree(to: answer), claims.isDisjoint(with: codec.reservedBits)
            else { return nil }
            claims.formUnion(codec.reservedBits)
            codecs.append(codec)
        }
        return FrameTransform(isClient: true, codecs: codecs)
    }
}
