import Foundation
import Encodings
import Testing

@Suite struct HTTPDateTests {
    /// RFC 9110's own example.
    private static let example = Date(timeIntervalSince1970: 784_111_777)
    private static let now = Date(timeIntervalSince1970: 1_795_421_730)  // November 2026

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `all three forms are read`(text: String) {
        #expect(HTTPDate.date(from: text, now: Self.now) == Self.example)
    }

    @Test func `what is written is read, on random days`() {
        #expect(HTTPDate.string(from: Self.example) == "Sun, 06 Nov 1994 08:49:37 GMT")
        for _ in 0..<500 {
            let date = Date(timeIntervalSince1970: Double(Int.random(in: -62_135_596_800...253_402_300_799)))
            #expect(HTTPDate.date(from: HTTPDate.string(from: date)) == date)
        }
    }

    @Test(arguments: [
        (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (-0.5, "Wed, 31 Dec 1969 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (1e300, "Fri, 31 Dec 9999 23:59:59 GMT"), (-.infinity, "Mon, 01 Jan 0001 00:00:00 GMT"),
        (.nan, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ])
    func `times are written to the second, the nearest there is`(seconds: Double, text: String) {
        #expect(HTTPDate.string(from: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test(arguments: [
        ("Wednesday, 01-Jan-70 00:00:00 GMT", 2070), ("Friday, 01-Jan-76 00:00:00 GMT", 2076),
        ("Saturday, 01-Jan-77 00:00:00 GMT", 1977), ("Friday, 01-Jan-99 00:00:00 GMT", 1999),
        ("Thursday, 01-Jan-26 00:00:00 GMT", 2026), ("Saturday, 01-Jan-00 00:00:00 GMT", 2000),
    ])
    func `a year of two digits is never more than 50 years ahead`(text: String, year: Int) throws {
        let date = try #require(HTTPDate.date(from: text, now: Self.now))
        #expect(HTTPDate.string(from: date).contains(" 01 Jan \(year) "))
    }

    @Test func `29 February is there in leap years only, and a leap second is the next minute`() {
        #expect(HTTPDate.date(from: "Tue, 29 Feb 2000 00:00:00 GMT") != nil)
        #expect(HTTPDate.date(from: "Thu, 29 Feb 1900 00:00:00 GMT") == nil)
        #expect(
            HTTPDate.date(from: "Sat, 31 Dec 2016 23:59:60 GMT") == HTTPDate.date(from: "Sun, 01 Jan 2017 00:00:00 GMT")
        )
    }

    @Test(arguments: [
        "", " ", "GMT", "now", "784111777", "Sat, 31 Feb 2026 00:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sunday, 31-Feb-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sun Nov 31 08:49:37 1994", "Sun Nov  6 08:49:37 94", "Sun, ０６ Nov 1994 08:49:37 GMT",
        "Fri, 01 Jan 0000 00:00:00 GMT", "Fri, 01 Jan -2147483648 00:00:00 GMT", "Fri, 01 Jan 10000 00:00:00 GMT",
        "Fri, 01 Jan 9223372036854775808 00:00:00 GMT", "Fri, 01 Jan +199 00:00:00 GMT",
    ])
    func `anything else is no date`(text: String) {
        #expect(HTTPDate.date(from: text, now: Self.now) == nil)
    }
}
