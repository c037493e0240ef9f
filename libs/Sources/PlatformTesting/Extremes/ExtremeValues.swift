import DomainKit
import Foundation

/// What a hostile or broken client sends where a service expects a number, a time or a name: the ends of every width an
/// integer is held in and their neighbours, what overflows on the way to microseconds, days that do not exist.
enum ExtremeValues {
    private static let longDigits = String(repeating: "9", count: 400)

    /// Numbers as JSON writes them (RFC 8259 §6).
    static let numbers: [String] =
        [
            "0", "-0", "1", "-1", "1.0", "1e0", "1.5", "-0.0", "1e-400", "1e18", "1e19", "-1e19", "1e308", "1e400",
            "-1e400",
            "2147483646", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
            "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993",
            // The last second, millisecond and microsecond that fit into 64 bits when counted in what is finer.
            "9223372036", "9223372037", "-9223372037", "9223372036854", "9223372036855", "-9223372036855",
            "9223372036854775", "9223372036854776", "-9223372036854776",
            "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775807",
            "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
            "253402300800", "8640000000000001", "-62135596801",
        ] + [longDigits, "-\(longDigits)", "0.\(longDigits)", "1e\(longDigits)"]

    /// What a reader of digits may take and a reader of JSON must not.
    static let almostNumbers = [
        "+1", "00000000000000000001", "1_000", "0x7fffffffffffffff", "0x1p1023", "NaN", "nan(1)", "Infinity", "-inf",
        "٣",
        "１２", "1 ", "--1", "-", "1e", "1,000", "½",
    ]

    /// RFC 3339 and what looks like it.
    static let times =
        [
            "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1900-02-29T00:00:00Z",
            "1969-12-31T23:59:59.999Z", "2016-12-31T23:59:60Z", "2026-02-29T00:00:00Z", "2026-02-31T00:00:00Z",
            "2026-00-00T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-26T24:00:00Z", "2026-11-26T23:59:61Z",
            "2026-11-26T00:00:00+99:99", "2026-11-26", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z",
            "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z",
            "+275760-09-13T00:00:00.001Z", "-271821-04-19T23:59:59.999Z", "-2147483648-01-01T00:00:00Z",
            "9223372036854775807-01-01T00:00:00Z", "infinity", "-infinity",
        ] + ["2026-11-26T00:00:00.\(longDigits)Z"]

    /// The three forms of RFC 9110 §5.6.7 and what looks like them.
    static let httpDates =
        [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 0000 00:00:00 GMT", "Sat, 31 Feb 2026 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:60 GMT", "Sat, 01 Jan 10000 00:00:00 GMT", "Thu, 00 Jan 1970 99:99:99 GMT",
            "Saturday, 31-Feb-00 00:00:00 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "Sat Feb 31 00:00:00 2026",
        ]
        + ["-2147483648", "2147483647", "9223372036854775807", "-9223372036854775808", "292277026596", longDigits].map {
            "Fri, 01 Jan \($0) 00:00:00 GMT"
        }

    /// `Range` (RFC 9110 §14.2).
    static let ranges =
        (["0", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551616", longDigits].flatMap { end in
            ["bytes=\(end)-", "bytes=-\(end)", "bytes=0-\(end)", "bytes=\(end)-\(end)", "bytes=\(end)-0"]
        }) + ["bytes=", "bytes=-", "bytes=--", "lines=0-1", "bytes=" + String(repeating: "0-0,", count: 500) + "0-0"]

    /// What has no number in it and is still more than expected.
    static let texts = [
        "", " ", "%", "\u{FDFA}\u{FDFA}\u{FDFA}", "e\u{301}", "\u{202E}", "\u{1F468}\u{200D}\u{1F469}", "../..", "null",
        String(repeating: "a", count: 5_000), String(repeating: "\u{1F468}\u{200D}", count: 600),
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ]

    static let all = numbers + almostNumbers + times + texts

    /// Cursors of one to four parts that hold nothing but one extreme, and what is no cursor.
    static let cursors: [String] =
        (numbers + almostNumbers + times + texts.filter { $0.utf8.count < 200 }).flatMap { value in
            (1...4).map { Cursor(Array(repeating: value, count: $0)).description }
        }
        + ["[]", #"[""]"#, "[1,2]", #"[null,"1"]"#, #"{"0":"1"}"#, #"[["1"]]"#, "1e400", "[", ""].map(base64URL)
        + ["=", "A", "*", String(repeating: "A", count: 5_000)]

    /// A cursor the service gave, with each of its parts in turn made extreme: the right number of parts, and the others
    /// of them good.
    static func cursors(like given: Cursor) -> [String] {
        given.parts.indices.flatMap { index in
            all.filter { $0.utf8.count < 500 }.map { value in
                var parts = given.parts
                parts[index] = value
                return Cursor(parts).description
            }
        }
    }

    private static func base64URL(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
