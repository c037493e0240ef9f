import Crypto
import Encodings
import NIOCore

/// What a flush leaves for the next writer: the bytes behind the last whole part, and what is known of those before.
struct Tail {
    static let noParts = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// Grows with every flush.
    var turn: UInt64 = 0
    let partSize: Int64
    /// Where the bytes belong.
    var start: Int64 = 0
    var digest = noParts
    var bytes = ByteBuffer()

    var end: Int64 { start + Int64(bytes.readableBytes) }

    init(partSize: Int64) {
        self.partSize = partSize
    }

    /// Nil for what no flush wrote.
    init?(decoding buffer: ByteBuffer) {
        var buffer = buffer
        guard let (turn, partSize, start) = buffer.readMultipleIntegers(as: (UInt64, Int64, Int64).self),
            let digest = buffer.readBytes(length: SHA256.byteCount), partSize > 0, start >= 0, start % partSize == 0,
            !start.addingReportingOverflow(Int64(buffer.readableBytes)).overflow
        else { return nil }
        self.turn = turn
        self.partSize = partSize
        self.start = start
        self.digest = digest
        bytes = buffer
    }

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(turn, partSize, start)
        buffer.writeBytes(digest)
        buffer.writeImmutableBuffer(bytes)
        return buffer
    }

    /// With the bytes before `offset`, which lies within.
    func cut(at offset: Int64) -> Tail {
        var tail = self
        tail.bytes = bytes.getSlice(at: bytes.readerIndex, length: Int(offset - start)) ?? ByteBuffer()
        return tail
    }

    /// Carries the digest of all parts before on to one more.
    static func digest(_ before: [UInt8], _ part: ObjectPart) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: before)
        hash.update(data: Array(part.etag.utf8))
        return Array(hash.finalize())
    }

    /// The store's ids may have any characters and length.
    static func key(of upload: ObjectUpload, slot: Int) -> ObjectKey {
        let name = Base64URL.encode(Array(SHA256.hash(data: Array("\(upload.key) \(upload.id)".utf8))))
        return ObjectKey("tails/\(name)/\(slot)")!
    }
}
