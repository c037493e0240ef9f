import Encodings
public import Foundation

/// Times on the wire: RFC 3339, UTC, milliseconds, `2026-11-23T08:15:30.042Z`.
///
/// Written by hand since Foundation's formatters cost more than the rest of a small response together.
public enum RFC3339 {
    /// The first and the last second there is a form for, since 1970.
    static let seconds = -62_135_596_800.0...253_402_300_799.0

    /// A time before the year 1 or after 9999 is written as the first or last one there is; what is no number as 1970.
    public static func string(from date: Date) -> String {
        let millis = milliseconds(of: date)
        let (days, millisOfDay) = millis.quotientAndRemainder(flooringBy: 86_400_000)
        let day = GregorianDay(daysSince1970: days)
        return String(unsafeUninitializedCapacity: 24) { out in
            put(day.year, 4, at: 0, in: out)
            out[4] = UInt8(ascii: "-")
            put(day.month, 2, at: 5, in: out)
            out[7] = UInt8(ascii: "-")
            put(day.day, 2, at: 8, in: out)
            out[10] = UInt8(ascii: "T")
            put(millisOfDay / 3_600_000, 2, at: 11, in: out)
            out[13] = UInt8(ascii: ":")
            put(millisOfDay / 60_000 % 60, 2, at: 14, in: out)
            out[16] = UInt8(ascii: ":")
            put(millisOfDay / 1_000 % 60, 2, at: 17, in: out)
            out[19] = UInt8(ascii: ".")
            put(millisOfDay % 1_000, 3, at: 20, in: out)
            out[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Whole milliseconds since 1970, of the nearest time there is a form for. The one way a time loses what is finer.
    ///
    /// A `Date` is a binary fraction: 0.042 s is stored a little below, and must not become .041. Microseconds are what the
    /// stores keep, so rounding to those loses nothing.
    static func milliseconds(of date: Date) -> Int {
        microseconds(of: date).quotientAndRemainder(flooringBy: 1_000).quotient
    }

    static func microseconds(of date: Date) -> Int {
        let given = date.timeIntervalSince1970
        let time = given.isNaN ? 0 : min(max(given, seconds.lowerBound), seconds.upperBound + 0.999)
        return Int((time * 1_000_000).rounded())
    }

    private static func put(_ value: Int, _ width: Int, at start: Int, in out: UnsafeMutableBufferPointer<UInt8>) {
        var rest = value
        for index in stride(from: start + width - 1, through: start, by: -1) {
            out[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

extension Date {
    /// The time as the wire has it, in the one form whole milliseconds have: two of the same are equal.
    public var inMilliseconds: Date { Date(timeIntervalSince1970: Double(RFC3339.milliseconds(of: self)) / 1_000) }
}

extension Int {
    fileprivate func quotientAndRemainder(flooringBy divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
