internal import Crypto
public import Foundation

/// A code on paper, for the day the phone is gone: sixteen letters of Crockford's base 32, `4TQX-9B0K-...`, 80 bits.
///
/// 80 bits are out of reach of guessing even for who has the digests, so that a fast hash is enough and no password hash
/// is needed. There is no `I`, `L`, `O` or `U` in them.
public struct RecoveryCode: Sendable {
    /// The letters, in ASCII, without dashes.
    private let letters: [UInt8]

    /// A new one.
    public init() {
        var random = SystemRandomNumberGenerator()
        letters = (0..<Self.length).map { _ in Self.alphabet[Int(random.next() as UInt8) & 31] }
    }

    /// New ones for one person, all different.
    public static func fresh(_ count: Int = 10) -> [RecoveryCode] {
        var codes: [RecoveryCode] = []
        while codes.count < count {
            let code = RecoveryCode()
            if !codes.contains(where: { $0.letters == code.letters }) { codes.append(code) }
        }
        return codes
    }

    /// A code as somebody typed it. The rule: letters of either case, and the wide ones of a Japanese keyboard, are the same;
    /// white space and dashes are left out; `O` is read as 0, `I` and `L` as 1; digits of other scripts stand for their
    /// values; anything else is no code. Nil for that, for another length, and for more than 256 bytes.
    public init?(_ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        var letters: [UInt8] = []
        for scalar in text.unicodeScalars where !scalar.isBetween {
            guard letters.count < Self.length, let letter = Self.letter(scalar) else { return nil }
            letters.append(letter)
        }
        guard letters.count == Self.length else { return nil }
        self.letters = letters
    }

    /// In groups of four, as it is shown to its owner, once.
    public var text: String {
        stride(from: 0, to: Self.length, by: 4)
            .map { String(decoding: letters[$0..<$0 + 4], as: UTF8.self) }
            .joined(separator: "-")
    }

    /// The form to keep: 32 bytes that do not lead back to the code, and are no use to anybody but `owner`.
    public func digest(for owner: String) -> Data {
        let key = SymmetricKey(data: Data("recovery code of \(owner)".utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: letters, using: key))
    }

    /// Which of `digests`, kept for `owner`, is this one's. All are compared, each in constant time.
    public func index(in digests: [Data], for owner: String) -> Int? {
        let mine = digest(for: owner)
        var found: Int?
        for (index, digest) in digests.enumerated() where ConstantTime.areEqual(digest, mine) { found = index }
        return found
    }

    private static let length = 16
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func letter(_ scalar: Unicode.Scalar) -> UInt8? {
        if let digit = scalar.decimal { return alphabet[Int(digit)] }
        // U+FF01...U+FF5E are the wide forms of U+0021...U+007E.
        let narrow = 0xff01...0xff5e ~= scalar.value ? scalar.value - 0xfee0 : scalar.value
        guard let byte = UInt8(exactly: narrow) else { return nil }
        let upper = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte ? byte - 32 : byte
        return switch upper {
        case UInt8(ascii: "O"): UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
        default: alphabet.contains(upper) ? upper : nil
        }
    }
}

extension RecoveryCode: CustomStringConvertible, CustomReflectable {
    public var description: String { "RecoveryCode" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
