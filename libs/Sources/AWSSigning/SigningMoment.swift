internal import Foundation

/// A time as signatures write it, to the second, in UTC.
struct SigningMoment {
    /// `20150830T123600Z`
    let text: String
    /// `20150830`
    var day: Substring { text.prefix(8) }

    init(_ date: Date) {
        let style = Date.ISO8601FormatStyle(
            dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted,
            timeZoneSeparator: .omitted, includingFractionalSeconds: false, timeZone: .gmt)
        text = date.formatted(style)
    }
}
