/// The value of a JSON number that is a whole one, without a detour over binary fractions.
enum ExactInteger {
    /// Beyond any count of digits a frame has room for.
    private static let farthest = 1 << 20

    /// `text` has the grammar of RFC 8259 §6. Nil for a fraction, and for what does not fit.
    static func value(of text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var (digits, exponent) = parts(of: text)
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        guard !digits.isEmpty else { return 0 }
        guard exponent >= 0, exponent <= 18 else { return nil }
        let isNegative = text.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for digit in digits + Array(repeating: 0, count: exponent) {
            let (shifted, isTooLong) = value.multipliedReportingOverflow(by: 10)
            let (next, isTooLarge) = shifted.addingReportingOverflow(isNegative ? -digit : digit)
            guard !isTooLong, !isTooLarge else { return nil }
            value = next
        }
        return value
    }

    /// The digits without leading zeros, and the power of ten they are multiplied by.
    private static func parts(of text: UnsafeBufferPointer<UInt8>) -> (digits: [Int64], exponent: Int) {
        var digits: [Int64] = []
        var (exponent, written, isFraction, isExponent, isSmall) = (0, 0, false, false, false)
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if isExponent {
                    written = min(farthest, written * 10 + Int(digit))
                } else {
                    if isFraction { exponent -= 1 }
                    if digit != 0 || !digits.isEmpty { digits.append(Int64(digit)) }
                }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "-"): isSmall = isExponent
            default: break
            }
        }
        return (digits, exponent + (isSmall ? -written : written))
    }
}
