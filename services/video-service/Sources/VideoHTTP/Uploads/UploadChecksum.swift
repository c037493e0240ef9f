import Crypto
import DomainKit
import Foundation
import NIOCore
import VideoDomain

/// Reads an `Upload-Checksum` (tus §Checksum): the name of an algorithm, a space, the digest in base64.
enum UploadChecksum {
    /// Nil without the field. Fails: `platform.invalid-input` for an algorithm that is not spoken and for what is no
    /// digest of it.
    static func parse(_ field: String?) throws(Failure) -> (any BodyChecksum<ByteBuffer>)? {
        guard let field else { return nil }
        let parts = field.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let digest = Data(base64Encoded: String(parts[1])) else {
            throw invalid("bad-format", "must be an algorithm, a space and a digest in base64")
        }
        switch parts[0] {
        case "sha256" where digest.count == SHA256.byteCount: return RunningDigest<SHA256>(expected: digest)
        case "sha1" where digest.count == Insecure.SHA1.byteCount:
            return RunningDigest<Insecure.SHA1>(expected: digest)
        case "sha256", "sha1": throw invalid("bad-format", "must have as many bytes as digests of its algorithm have")
        default: throw invalid("unknown-value", "must be of one of: \(Tus.checksumAlgorithms)")
        }
    }

    private static func invalid(_ code: String, _ detail: String) -> Failure {
        .invalid([Violation(pointer: "#upload-checksum", code: code, detail: detail)])
    }
}

/// A digest that grows with a body.
struct RunningDigest<Hash: HashFunction & Sendable>: BodyChecksum {
    let expected: Data
    var hash = Hash()

    mutating func update(with chunk: ByteBuffer) {
        chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    }

    /// In constant time.
    func matches() -> Bool { hash.finalize() == expected }
}
