/// A number of a document, as it stands there. Valid as long as the document's bytes are.
public struct JSONNumber {
    public let written: UnsafeBufferPointer<UInt8>

    init(_ written: UnsafeBufferPointer<UInt8>) {
        self.written = written
    }

    /// The whole number it is, however that is written: `1.0`, `10e-1` and `1e0` are 1, as JSON Schema counts them.
    /// Exact, without a detour over binary fractions. Nil for a fraction, and for what does not fit.
    public var integer: Int64? {
        if written.count <= 20, let plain = Int64(String(decoding: written, as: UTF8.self)) { return plain }
        return shifted()
    }

    /// Beyond any count of digits that fits into memory.
    private static let farthest = 1 << 50

    private func shifted() -> Int64? {
        let isNegative = written.first == UInt8(ascii: "-")
        var (value, zeros, exponent, shift): (Int64, Int, Int, Int) = (0, 0, 0, 0)
        var (isFraction, isExponent, isSmall) = (false, false, false)
        for byte in written {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where isExponent:
                exponent = min(Self.farthest, exponent * 10 + Int(byte - UInt8(ascii: "0")))
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if isFraction { shift -= 1 }
                // Zeros count only when another digit follows: those at the end are as good as an exponent.
                zeros += 1
                guard byte != UInt8(ascii: "0") else { continue }
                let digit = Int64(byte - UInt8(ascii: "0"))
                guard let longer = Self.scaled(value, by: zeros) else { return nil }
                let (sum, overflows) = longer.addingReportingOverflow(isNegative ? -digit : digit)
                // So many digits of which the last is none of the zeros: too large, or a fraction.
                if overflows { return nil }
                (value, zeros) = (sum, 0)
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "-"): isSmall = isExponent
            default: break
            }
        }
        return Self.scaled(value, by: zeros + shift + (isSmall ? -exponent : exponent))
    }

    /// Times ten to the `power`. Nil for what does not fit, and for a fraction: the last digit of `value` is no zero.
    private static func scaled(_ value: Int64, by power: Int) -> Int64? {
        if value == 0 { return 0 }
        guard (0...18).contains(power) else { return nil }
        var scaled = value
        for _ in 0..<power {
            let (next, overflows) = scaled.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            scaled = next
        }
        return scaled
    }
}
