public import Foundation

/// Times on the wire: RFC 3339, UTC, milliseconds, `2026-11-23T08:15:30.042Z`.
///
/// Written by hand since Foundation's formatters cost more than the rest of a small response together.
public enum RFC3339 {
    public static func string(from date: Date) -> String {
        // A `Date` is a binary fraction: 0.042 s is stored a little below, and must not print as .041. Microseconds are
        // what the stores keep, so rounding to those loses nothing.
        let micros = Int((date.timeIntervalSince1970 * 1_000_000).rounded())
        let (millis, _) = micros.quotientAndRemainder(flooringBy: 1_000)
        let (days, millisOfDay) = millis.quotientAndRemainder(flooringBy: 86_400_000)
        let (year, month, day) = civil(fromDays: days)
        return String(unsafeUninitializedCapacity: 24) { out in
            put(year, 4, at: 0, in: out)
            out[4] = UInt8(ascii: "-")
            put(month, 2, at: 5, in: out)
            out[7] = UInt8(ascii: "-")
            put(day, 2, at: 8, in: out)
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

    /// Gregorian date of a day counted from 1970-01-01, in eras of 400 years that begin in March.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(flooringBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func put(_ value: Int, _ width: Int, at start: Int, in out: UnsafeMutableBufferPointer<UInt8>) {
        var rest = value
        for index in stride(from: start + width - 1, through: start, by: -1) {
            out[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

extension Int {
    fileprivate func quotientAndRemainder(flooringBy divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
