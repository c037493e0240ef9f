import CSodium
import Foundation

/// Argon2id v1.3 of one lane (RFC 9106) by libsodium, one hash at a time on the calling thread.
///
/// It finds out when it starts which vectors the processor has; Debian's libargon2 is built for the oldest there may be.
enum Argon2id {
    /// The one length libsodium knows.
    static let saltLength = Int(crypto_pwhash_argon2id_SALTBYTES)

    /// Values out of libsodium's ranges, or no memory.
    struct Refused: Error, CustomStringConvertible {
        let code: Int32
        var description: String { "argon2id: \(String(cString: strerror(code)))" }
    }

    /// Looks once what the processor can do.
    private static let isReady = sodium_init() >= 0

    static func hash(
        _ password: [UInt8], salt: [UInt8], effort: Argon2Effort, length: Int
    ) throws(Refused) -> [UInt8] {
        guard isReady, salt.count == saltLength else { throw Refused(code: EINVAL) }
        var output = [UInt8](repeating: 0, count: length)
        let status = crypto_pwhash_argon2id(
            &output, UInt64(length), password, UInt64(password.count), salt, UInt64(effort.passes),
            Int(effort.memoryKiB) * 1_024, crypto_pwhash_argon2id_ALG_ARGON2ID13)
        guard status == 0 else { throw Refused(code: errno) }
        return output
    }

    /// In a time that does not tell where they differ.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }

    /// Overwrites a copy of a secret that nobody else holds.
    static func wipe(_ secret: inout [UInt8]) {
        sodium_memzero(&secret, secret.count)
    }
}
