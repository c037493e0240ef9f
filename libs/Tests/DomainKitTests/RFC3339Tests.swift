import DomainKit
import Foundation
import Testing

@Suite struct RFC3339Tests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (0.042, "1970-01-01T00:00:00.042Z"), (-0.001, "1969-12-31T23:59:59.999Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (4_107_542_399.999, "2100-02-28T23:59:59.999Z"),
        (1_700_000_000.001, "2023-11-14T22:13:20.001Z"), (-62_135_596_800, "0001-01-01T00:00:00.000Z"),
        (253_402_300_799, "9999-12-31T23:59:59.000Z"),
    ])
    func `times are written in UTC with milliseconds`(seconds: Double, text: String) {
        #expect(RFC3339.string(from: Date(timeIntervalSince1970: seconds)) == text)
        #expect(RFC3339.date(from: text) == Date(timeIntervalSince1970: seconds))
    }

    @Test func `every millisecond prints as itself`() throws {
        for millis in stride(from: 1_763_000_000_000, to: 1_763_000_002_000, by: 1) {
            let text = RFC3339.string(from: Date(timeIntervalSince1970: Double(millis) / 1_000))
            #expect(text.dropLast().suffix(3) == String(1_000 + millis % 1_000).suffix(3))
        }
    }

    // Foundation counts days before 1582 in the Julian calendar, RFC 3339 does not.
    @Test func `what Foundation writes is read, on random days`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let date = Date(
                timeIntervalSince1970: Double(Int.random(in: -12_200_000_000...250_000_000_000, using: &random)))
            let text = date.formatted(Date.ISO8601FormatStyle())
            #expect(RFC3339.date(from: text) == date)
            #expect(RFC3339.string(from: date) == text.dropLast() + ".000Z")
        }
    }

    @Test(arguments: [
        ("2026-11-23T08:15:30Z", 1_795_421_730.0), ("2026-11-23T17:15:30+09:00", 1_795_421_730.0),
        ("2026-11-23T03:15:30.5-05:00", 1_795_421_730.5), ("2026-11-23t08:15:30.000000001z", 1_795_421_730.0),
        ("2016-12-31T23:59:60Z", 1_483_228_800.0),
    ])
    func `offsets, fractions and leap seconds are understood`(text: String, seconds: Double) throws {
        let date = try #require(RFC3339.date(from: text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_01)
    }

    @Test(arguments: [
        (-Double.infinity, "0001-01-01T00:00:00.000Z"), (-1e300, "0001-01-01T00:00:00.000Z"),
        (-62_135_596_801, "0001-01-01T00:00:00.000Z"), (253_402_300_800, "9999-12-31T23:59:59.999Z"),
        (9_223_372_036_854, "9999-12-31T23:59:59.999Z"), (1e300, "9999-12-31T23:59:59.999Z"),
        (.infinity, "9999-12-31T23:59:59.999Z"), (.nan, "1970-01-01T00:00:00.000Z"),
    ])
    func `a time there is no form for is written as the nearest there is`(seconds: Double, text: String) {
        #expect(RFC3339.string(from: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test(arguments: ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z"])
    func `a time that leaves the calendar in UTC is refused`(text: String) {
        #expect(RFC3339.date(from: text) == nil)
    }

    @Test(arguments: [
        "", "2026", "2026-11-23", "2026-11-23T08:15:30", "2026-11-23 08:15:30Z", "2026-11-23T08:15Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z", "2026-11-23T08:15:61Z", "2026-11-23T08:15:30.Z",
        "2026-11-23T08:15:30+0900", "2026-11-23T08:15:30+24:00", "2026-11-23T08:15:30Zx", " 2026-11-23T08:15:30Z",
        "+2026-11-23T08:15:30Z", "２０２６-11-23T08:15:30Z", "0000-01-01T00:00:00Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(RFC3339.date(from: text) == nil)
    }
}
