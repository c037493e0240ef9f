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

    public init(of bytes: some Collection<UInt8>) {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        text = Hexadecimal.encode(hash.finalize())
    }

    private init(text: String) {
        self.text = text
    }
}
