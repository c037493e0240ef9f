public import Foundation

/// Times in header fields (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Whole seconds, rounded down; a time before the year 1 or after 9999 as the nearest there is.
    public static func string(from date: Date) -> String {
        let given = date.timeIntervalSince1970.rounded(.down)
        let seconds = given.isNaN ? 0 : Int(min(max(given, -62_135_596_800), 253_402_300_799))
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let (day, time) = (GregorianDay(daysSince1970: days), seconds - days * 86_400)
        let clock = [time / 3_600, time / 60 % 60, time % 60].map { digits($0, 2) }.joined(separator: ":")
        let calendar = "\(digits(day.day, 2)) \(months[day.month - 1]) \(digits(day.year, 4))"
        return "\(self.days[day.weekday]), \(calendar) \(clock) GMT"
    }

    /// Reads all three forms a recipient must take: the present one, RFC 850's and asctime's. Nil for anything else, days
    /// that do not exist included: a field with such a value counts as not sent. The day's name is not compared with the day.
    ///
    /// - Parameter now: the year of two digits is one of the hundred that end 50 years from then.
    public static func date(from text: String, now: Date) -> Date? {
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let name = words.first else { return nil }
        if words.count == 6, words[5] == "GMT", name.hasSuffix(","), days.contains(String(name.dropLast())) {
            return date(day: number(words[1], 2), words[2], year: number(words[3], 4), words[4])
        }
        if words.count == 4, words[3] == "GMT", name.hasSuffix(","), longDays.contains(String(name.dropLast())) {
            let parts = words[1].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let short = number(parts[2], 2) else { return nil }
            return date(day: number(parts[0], 2), parts[1], year: year(short, now), words[2])
        }
        // A day of one digit has a space before it.
        if words.count == 6, words[2].isEmpty, days.contains(name) {
            return date(day: number(words[3], 1), words[1], year: number(words[5], 4), words[4])
        }
        guard words.count == 5, days.contains(name) else { return nil }
        return date(day: number(words[2], 2), words[1], year: number(words[4], 4), words[3])
    }

    /// The same, now.
    public static func date(from text: String) -> Date? { date(from: text, now: Date()) }

    private static func date(day: Int?, _ month: String, year: Int?, _ clock: String) -> Date? {
        let time = clock.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0), 2) }
        guard let day, let year, let month = months.firstIndex(of: month),
            let date = GregorianDay(year: year, month: month + 1, day: day), time.count == 3,
            let hour = time[0], let minute = time[1], let second = time[2], hour < 24, minute < 60, second <= 60
        else { return nil }
        return Date(timeIntervalSince1970: Double(date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second))
    }

    /// More than 50 years ahead is the most recent year in the past with the same two digits.
    private static func year(_ short: Int, _ now: Date) -> Int {
        let days = (now.timeIntervalSince1970 / 86_400).rounded(.down)
        let present = GregorianDay(daysSince1970: Int(exactly: days) ?? 0).year
        let year = present / 100 * 100 + short
        return year > present + 50 ? year - 100 : year
    }

    /// So many ASCII digits and nothing else.
    private static func number(_ text: String, _ count: Int) -> Int? {
        guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
