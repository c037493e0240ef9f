internal import Crypto
internal import Encodings

/// Signs the chunks of a body one after another, each over the signature of the one before and the first over the
/// request's (AWS, "Signature calculations for the Authorization header: Transferring payload in multiple chunks").
///
/// The body ends with an empty chunk, signed as well.
public struct ChunkSigner: Sendable {
    private let key: SymmetricKey
    /// The lines before the former signature.
    private let beginning: String
    private var former: String

    init(key: SymmetricKey, moment: SigningMoment, scope: String, seed: String) {
        self.key = key
        beginning = "AWS4-HMAC-SHA256-PAYLOAD\n\(moment.text)\n\(scope)\n"
        former = seed
    }

    public mutating func signature(of chunk: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bufferPointer: chunk)
        let text = "\(beginning)\(former)\n\(PayloadHash.empty.text)\n\(PayloadHash(digest: hash.finalize()).text)"
        former = Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
        return former
    }
}
