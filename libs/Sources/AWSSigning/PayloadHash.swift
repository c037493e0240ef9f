internal import Crypto
internal import Encodings

/// What a signature says of the body.
public struct PayloadHash: Sendable, Hashable {
    /// As it stands in the canonical request and in `x-amz-content-sha256`.
    public let text: String

    /// There is no body.
    public static let empty = PayloadHash(of: [])
    /// The body is not covered. S3 takes that; most services do not.
    public static let unsigned = PayloadHash(text: "UNSIGNED-PAYLOAD")
    /// The body comes in chunks with signatures of their own: a `ChunkSigner`'s.
    static let chunks = PayloadHash(text: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")

    public init(of bytes: some Collection<UInt8>) {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        text = Hexadecimal.encode(hash.finalize())
    }

    /// Of a body that was hashed (SHA-256) already.
    public init(digest: some Sequence<UInt8>) {
        text = Hexadecimal.encode(digest)
    }

    private init(text: String) {
        self.text = text
    }
}
