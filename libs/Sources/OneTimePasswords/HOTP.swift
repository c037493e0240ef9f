internal import Crypto
internal import Foundation

/// Passwords counted by an event counter (RFC 4226), under the hashes that RFC 6238 adds.
public struct HOTP: Sendable {
    /// The hash below HMAC. Many apps know SHA-1 only, whose weakness does not touch HMAC.
    public enum Hash: String, Sendable, CaseIterable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"
    }

    /// How long a code is (RFC 4226 §5.3 has no others).
    public enum Length: Int, Sendable, CaseIterable {
        case six = 6
        case seven = 7
        case eight = 8

        var modulus: UInt32 {
            switch self {
            case .six: 1_000_000
            case .seven: 10_000_000
            case .eight: 100_000_000
            }
        }
    }

    public let secret: OneTimeSecret
    public let hash: Hash
    public let length: Length

    public init(secret: OneTimeSecret, hash: Hash = .sha1, length: Length = .six) {
        self.secret = secret
        self.hash = hash
        self.length = length
    }

    /// The code of a counter's value, with its leading zeros.
    public func code(at counter: UInt64) -> String {
        String(decoding: digits(at: counter), as: UTF8.self)
    }

    /// Whether `code` is the one of `counter`, in a time that says nothing of how much of it is right.
    public func matches(_ code: OneTimeCode, at counter: UInt64) -> Bool {
        ConstantTime.areEqual(code.digits, digits(at: counter))
    }

    /// RFC 4226 §5.3: four bytes from where the last nibble points to, without the sign, to the base of ten.
    private func digits(at counter: UInt64) -> [UInt8] {
        let mac = authentication(of: counter)
        let offset = Int(mac[mac.count - 1] & 0x0f)
        let truncated = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        var rest = truncated % length.modulus
        var digits = [UInt8](repeating: 0, count: length.rawValue)
        for index in digits.indices.reversed() {
            digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }

    private func authentication(of counter: UInt64) -> [UInt8] {
        let key = SymmetricKey(data: secret.bytes)
        let message = withUnsafeBytes(of: counter.bigEndian) { Data($0) }
        return switch hash {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }
}
