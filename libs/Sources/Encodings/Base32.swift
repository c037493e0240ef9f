public import Foundation

/// Base 32 without padding (RFC 4648 §6), as secrets of one-time passwords travel.
public enum Base32 {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                out.append(alphabet[Int(bits >> UInt32(count)) & 31])
            }
        }
        if count > 0 { out.append(alphabet[Int(bits << UInt32(5 - count)) & 31]) }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil for anything but the alphabet in upper case: padding, white space, a length no encoder makes, and left over
    /// bits that are not zero, so that one value has one form.
    public static func decode(_ text: some StringProtocol) -> Data? {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count * 5 / 8)
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            let value = values[Int(character)]
            guard value < 32 else { return nil }
            bits = (bits << 5 | UInt32(value)) & 0xffff
            count += 5
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard count < 5, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return Data(out)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (index, character) in alphabet.enumerated() { table[Int(character)] = UInt8(index) }
        return table
    }()
}
