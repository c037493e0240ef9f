internal import CHiredis
internal import NIOCore

/// Turns a byte stream into replies with hiredis's incremental reader. Not thread-safe; lives on one event loop.
///
/// After it has thrown, the stream has no meaning any more and the connection must be closed.
final class RESPParser {
    /// hiredis moves its unread rest to the front after each kilobyte; small helpings keep that move small.
    private static let helping = 16 * 1024

    private let reader: UnsafeMutablePointer<redisReader>
    private let builder = ReplyBuilder()
    private let sharesReads: Bool
    private var streamPosition = 0

    /// `sharesReads`: bulk strings that lie in one read are slices of it instead of copies.
    /// Fails: `unavailable` when there is no memory for a reader.
    init(sharesReads: Bool) throws(RedisError) {
        guard let reader = redisReaderCreateWithFunctions(ReplyBuilder.functions) else {
            throw .unavailable("no memory for a reply reader")
        }
        self.reader = reader
        self.sharesReads = sharesReads
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Calls `body` with every reply that `bytes` complete, in order.
    ///
    /// Fails: `protocolViolation` when the bytes are not RESP2, or nested deeper than hiredis follows (7 arrays).
    func parse(_ bytes: ByteBuffer, _ body: (RESPValue) -> Void) throws(RedisError) {
        let start = streamPosition
        if sharesReads {
            builder.makeBuffer = { [self] in slice($0, of: bytes, startingAt: start) }
        }
        defer { if sharesReads { builder.makeBuffer = { ByteBuffer(bytes: $0) } } }
        var rest = bytes
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(rest.readableBytes, Self.helping)) {
            try feed(piece)
            while let reply = try next() { body(reply) }
        }
    }

    private func feed(_ piece: ByteBuffer) throws(RedisError) {
        let status = piece.withUnsafeReadableBytes { raw in
            redisReaderFeed(reader, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        guard status == REDIS_OK else { throw failure }
        streamPosition += piece.readableBytes
    }

    private func next() throws(RedisError) -> RESPValue? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure }
        if builder.isSpoiled { throw .protocolViolation("arrays nested too deep") }
        guard object != nil else { return nil }
        // hiredis 1.x reads RESP3 as well, of which nothing was asked for.
        guard let reply = builder.take() else { throw .protocolViolation("a reply that RESP2 does not have") }
        return reply
    }

    /// hiredis keeps the last `len` bytes of the stream at `buf`, which tells where in the stream a pointer is, and
    /// so where in `read`, unless the string began in an earlier one.
    private func slice(_ string: UnsafeRawBufferPointer, of read: ByteBuffer, startingAt start: Int) -> ByteBuffer {
        guard let address = string.baseAddress, let buffer = reader.pointee.buf else { return ByteBuffer() }
        let position = streamPosition - reader.pointee.len + (address - UnsafeRawPointer(buffer))
        let offset = position - start
        guard offset >= 0, let slice = read.getSlice(at: read.readerIndex + offset, length: string.count) else {
            return ByteBuffer(bytes: string)
        }
        return slice
    }

    private var failure: RedisError {
        .protocolViolation(
            withUnsafeBytes(of: reader.pointee.errstr) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            })
    }
}
