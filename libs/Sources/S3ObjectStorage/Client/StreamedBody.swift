import AsyncHTTPClient
import AWSSigning
import NIOCore
import ObjectStorage
import Synchronization

/// More bytes than are held in memory, sent as they come in chunks that are signed one by one ("Transferring payload in
/// multiple chunks"): the store takes none that is not as we signed it, and the part only when the last, empty one came.
///
/// They come once: what was sent cannot be sent again.
final class StreamedBody: Sendable {
    static let chunkSize = 1 << 20
    /// `100000;chunk-signature=` and 64 digits, with a line's end before the bytes and one behind.
    private static let frame = ";chunk-signature=".utf8.count + 64 + 4

    let count: Int64
    private let source: @Sendable (StreamedBody, ChunkSigner) -> HTTPClientRequest.Body
    private let state = Mutex<(isSpent: Bool, fault: (any Error)?)>((false, nil))

    init<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes, count: Int64, number: Int) where Bytes.Element == ByteBuffer {
        self.count = count
        source = { body, signer in
            let chunks = SignedChunks(bytes: bytes, count: count, number: number, signer: signer, body: body)
            return .stream(chunks, length: .known(Self.framed(count)))
        }
    }

    /// Whether some of it may have been sent.
    var isSpent: Bool { state.withLock { $0.isSpent } }
    /// Why the bytes ended, when that was not the store's doing.
    var fault: (any Error)? { state.withLock { $0.fault } }

    func sent(_ signer: ChunkSigner) -> HTTPClientRequest.Body { source(self, signer) }

    fileprivate func begin() { state.withLock { $0.isSpent = true } }
    fileprivate func fail(_ error: any Error) { state.withLock { $0.fault = error } }

    /// How many bytes `count` are with the frames of all chunks.
    static func framed(_ count: Int64) -> Int64 {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: Int64(chunkSize))
        func chunk(_ size: Int64) -> Int64 { Int64(String(size, radix: 16).utf8.count + frame) + size }
        return whole * chunk(Int64(chunkSize)) + (rest > 0 ? chunk(rest) : 0) + chunk(0)
    }
}

/// The chunks of a body with their frames.
private struct SignedChunks<Bytes: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Bytes.Element == ByteBuffer {
    let bytes: Bytes
    let count: Int64
    let number: Int
    let signer: ChunkSigner
    let body: StreamedBody

    func makeAsyncIterator() -> Iterator {
        body.begin()
        return Iterator(bytes: bytes.makeAsyncIterator(), left: count, number: number, signer: signer, body: body)
    }

    struct Iterator: AsyncIteratorProtocol {
        var bytes: Bytes.AsyncIterator
        var left: Int64
        let number: Int
        var signer: ChunkSigner
        let body: StreamedBody
        var pending = ByteBuffer()
        var isWhole = false
        var isOver = false

        mutating func next() async throws -> ByteBuffer? {
            if isOver { return nil }
            do {
                let wanted = Int(Swift.min(left, Int64(StreamedBody.chunkSize)))
                while pending.readableBytes < wanted, var piece = try await bytes.next() { pending.writeBuffer(&piece) }
                guard pending.readableBytes >= wanted else { throw wrongSize }
                if Int64(wanted) == left, !isWhole {
                    // Not every store waits for the empty chunk: the last bytes go when it is known that nothing follows.
                    while pending.readableBytes == wanted, var piece = try await bytes.next() {
                        pending.writeBuffer(&piece)
                    }
                    guard pending.readableBytes == wanted else { throw wrongSize }
                    isWhole = true
                }
                isOver = wanted == 0
                return framed(wanted)
            } catch {
                body.fail(error)
                throw error
            }
        }

        private var wrongSize: ObjectStoreError {
            .badPart(number: number, reason: "has not the \(body.count) bytes it was to have")
        }

        private mutating func framed(_ size: Int) -> ByteBuffer {
            let chunk = pending.readSlice(length: size) ?? ByteBuffer()
            if pending.readableBytes == 0 { pending.clear() }
            left -= Int64(size)
            let signature = chunk.withUnsafeReadableBytes { signer.signature(of: $0) }
            var framed = ByteBuffer()
            framed.reserveCapacity(size + 100)
            framed.writeString("\(String(size, radix: 16));chunk-signature=\(signature)\r\n")
            framed.writeImmutableBuffer(chunk)
            framed.writeString("\r\n")
            return framed
        }
    }
}
