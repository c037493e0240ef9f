import AsyncHTTPClient
import AWSSigning
import Crypto
import NIOCore
import NIOHTTP1
import ObjectStorage

/// One request to the bucket, as often as it has to be sent.
struct S3Call: Sendable {
    /// In metrics.
    let operation: String
    let method: HTTPMethod
    /// Nil for the bucket.
    var key: ObjectKey?
    /// What an answer of `NoSuchUpload` is about.
    var upload: ObjectUpload?
    var query: [SignableRequest.Pair] = []
    /// Signed all of them.
    var headers: [SignableRequest.Pair] = []
    /// Sent too, but to a store that does not know of conditions for what is written.
    var condition: SignableRequest.Pair?
    /// A refusal of this code says that there is nothing.
    var meansNone: String?
    var body = Body.none
    /// Until the answer begins: a store may take minutes to put ten thousand parts together.
    var timeout: TimeAmount = .seconds(60)

    enum Body: Sendable {
        case none
        case held(HeldBody)
        case streamed(StreamedBody)
    }

    init(
        _ operation: String, _ method: HTTPMethod, _ key: ObjectKey? = nil, of upload: ObjectUpload? = nil,
        query: [SignableRequest.Pair] = [], headers: [SignableRequest.Pair] = [], body: Body = .none
    ) {
        self.operation = operation
        self.method = method
        self.key = key ?? upload?.key
        self.upload = upload
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// Bytes at hand, hashed once: their hash is what the signature covers and what the store holds them against.
struct HeldBody: Sendable {
    let pieces: [ByteBuffer]
    let count: Int
    let digest: SHA256.Digest

    init(_ pieces: [ByteBuffer]) {
        var (hash, count) = (SHA256(), 0)
        for piece in pieces {
            piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            count += piece.readableBytes
        }
        self.pieces = pieces
        self.count = count
        digest = hash.finalize()
    }

    init(_ text: String) {
        self.init([ByteBuffer(string: text)])
    }

    var sent: HTTPClientRequest.Body {
        pieces.count == 1 ? .bytes(pieces[0]) : .stream(HeldPieces(pieces: pieces), length: .known(Int64(count)))
    }
}

private struct HeldPieces: AsyncSequence, Sendable {
    let pieces: [ByteBuffer]

    func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>

        mutating func next() async -> ByteBuffer? { rest.popFirst() }
    }
}
