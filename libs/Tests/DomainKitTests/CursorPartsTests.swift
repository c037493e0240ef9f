import DomainKit
import Foundation
import Testing

@Suite struct CursorPartsTests {
    private func parts(_ parts: String...) -> CursorParts { CursorParts(Cursor(parts)) }

    @Test func `what was written is read`() throws {
        let (date, id) = (Date(timeIntervalSince1970: 1_795_421_730.042), ID<Int>(UUID()))
        var parts = parts(Cursor.part(date), Cursor.part(date, in: .milliseconds), "-7", id.description, "日本")
        #expect(try parts.date() == date)
        #expect(try parts.date(in: .milliseconds) == date)
        #expect(try parts.integer() == -7)
        #expect(try parts.id(of: Int.self) == id)
        #expect(try parts.text() == "日本")
        try parts.done()
    }

    @Test(arguments: [
        "", "x", "+5", "-0", "007", "1e3", "1.0", "９", "9223372036854775808", "-9223372036854775809",
        String(repeating: "9", count: 400),
    ])
    func `a number in another form is refused`(text: String) {
        #expect(throws: Failure.self) {
            var parts = parts(text)
            _ = try parts.integer()
        }
    }

    @Test func `the ends of 64 bits are numbers, and no times`() throws {
        for end in [Int64.min, .min + 1, .max - 1, .max] {
            var number = parts("\(end)")
            #expect(try number.integer() == end)
            for unit in [CursorParts.Unit.milliseconds, .microseconds] {
                #expect(throws: Failure.self) {
                    var time = parts("\(end)")
                    _ = try time.date(in: unit)
                }
            }
        }
    }

    @Test func `the first and the last time come back, and one outside as the nearest`() throws {
        for (seconds, text) in [
            (-62_135_596_800.0, "-62135596800000000"), (253_402_300_799, "253402300799000000"),
            (-.infinity, "-62135596800000000"), (1e300, "253402300799000000"), (.nan, "0"),
        ] {
            #expect(Cursor.part(Date(timeIntervalSince1970: seconds)) == text)
            var parts = parts(text)
            #expect(RFC3339.date(from: RFC3339.string(from: try parts.date())) != nil)
        }
        var late = parts("253402300800000000")
        #expect(throws: Failure.self) { try late.date() }
    }

    @Test func `too few parts and too many are another list's cursor`() {
        #expect(throws: Failure.self) {
            var none = parts()
            _ = try none.text()
        }
        #expect(throws: Failure.self) {
            var two = parts("1", "2")
            _ = try two.integer()
            try two.done()
        }
    }

    @Test func `a part no store can hold makes no cursor`() {
        #expect(Cursor(encoded: Cursor(["a\u{0}b"]).description) == nil)
    }
}
