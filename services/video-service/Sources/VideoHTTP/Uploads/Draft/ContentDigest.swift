import Crypto
import DomainKit
import Foundation
import HTTPKit
import NIOCore
import VideoDomain

/// Reads a `Content-Digest` (RFC 9530 §2): algorithms and digests of the body, `sha-256=:base64:`.
enum ContentDigest {
    /// One of those that are there is enough, the strongest. Nil without the field. Fails: `platform.invalid-input` when none is
    /// of an algorithm that is spoken, and for what is no digest.
    static func parse(_ field: String?) throws(Failure) -> (any BodyChecksum<ByteBuffer>)? {
        guard let field else { return nil }
        var digests: [String: Data] = [:]
        for member in field.split(separator: ",") {
            let parts = member.split(separator: "=", maxSplits: 1)
            let value = parts.last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
            guard parts.count == 2, value.count >= 2, value.hasPrefix(":"), value.hasSuffix(":"),
                let digest = Data(base64Encoded: String(value.dropFirst().dropLast()))
            else { throw invalid("bad-format", "must be an algorithm, = and a digest in base64 between colons") }
            digests[parts[0].trimmingCharacters(in: .whitespaces)] = digest
        }
        if let digest = digests["sha-512"] { return try running(SHA512.self, digest) }
        if let digest = digests["sha-256"] { return try running(SHA256.self, digest) }
        throw invalid("unknown-value", "must be of one of: sha-256, sha-512")
    }

    private static func running<Hash: HashFunction & Sendable>(
        _ hash: Hash.Type, _ digest: Data
    ) throws(Failure) -> RunningDigest<Hash> {
        guard digest.count == Hash.Digest.byteCount else {
            throw invalid("bad-format", "must have as many bytes as digests of its algorithm have")
        }
        return RunningDigest(expected: digest)
    }

    private static func invalid(_ code: String, _ detail: String) -> Failure {
        .invalid([Violation(pointer: "#content-digest", code: code, detail: detail)])
    }
}
