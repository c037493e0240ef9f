import DomainKit
import Foundation

/// Times in header fields (RFC 9110 §5.6.7): written as IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`, and read in that
/// form and the two obsolete ones, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Whole seconds, rounded down; times beyond the years 1 to 9999, which the form has no room for, become the nearest
    /// one within.
    static func string(from date: Date) -> String {
        let seconds = min(max(Int64(clamping: date, unitsPerSecond: 1), -62_135_596_800), 253_402_300_799)
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        let year =
            String(repeating: "0", count: max(0, 4 - "\(parts.tm_year + 1_900)".count)) + "\(parts.tm_year + 1_900)"
        let day = days[Int(parts.tm_wday)]
        let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(year)"
        return "\(day), \(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    /// Nil for anything else, days that do not exist included; the field is then as good as not sent (§13.1.3).
    static func date(from text: String) -> Date? {
        guard text.utf8.count <= 40 else { return nil }
        let words = text.split(separator: " ")
        switch words.count {
        case 6 where words[0].hasSuffix(",") && words[5] == "GMT":
            return date(day: words[1], month: words[2], year: number(words[3], digits: 4), time: words[4])
        case 4 where words[0].hasSuffix(",") && words[3] == "GMT":
            let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            return date(day: parts[0], month: parts[1], year: number(parts[2], digits: 2).map(fullYear), time: words[2])
        case 5:
            return date(day: words[2], month: words[1], year: number(words[4], digits: 4), time: words[3])
        default:
            return nil
        }
    }

    /// Through RFC 3339, whose reader knows which days there are.
    private static func date(day: Substring, month: Substring, year: Int?, time: Substring) -> Date? {
        guard let year, time.utf8.count == 8, let month = months.firstIndex(where: { $0 == month }),
            let day = number(day, digits: 2) ?? number(day, digits: 1)
        else { return nil }
        let padded = { (number: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        return RFC3339.date(from: "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day, 2))T\(time)Z")
    }

    /// Two digits that look more than 50 years ahead are of the century before (§5.6.7).
    private static func fullYear(_ digits: Int) -> Int {
        let now = Calendar(identifier: .gregorian).component(.year, from: Date())
        let year = now - now % 100 + digits
        return year > now + 50 ? year - 100 : year
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}

extension Int64 {
    /// Whole units since 1970, rounded down; a time too far away becomes the farthest there is.
    init(clamping date: Date, unitsPerSecond: Double) {
        let units = (date.timeIntervalSince1970 * unitsPerSecond).rounded(.down)
        self = Int64(exactly: units) ?? (units < 0 ? .min : .max)
    }
}
