internal import Foundation

/// How dates are written in and around a message, always in UTC and to the second. A date outside of the years 1900 to
/// 9999, which is what the grammar can say, is the nearest of them.
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let range = -2_208_988_800.0...253_402_300_799.0

    /// `Thu, 26 Nov 2026 14:10:00 +0000` (RFC 5322 §3.3)
    static func field(_ date: Date) -> String {
        let seconds = seconds(date)
        let parts = Date(timeIntervalSince1970: seconds).formatted(.iso8601).split { "-T:Z".contains($0) }
        let day = days[(Int((seconds / 86_400).rounded(.down)) % 7 + 7) % 7]
        let month = months[(Int(parts[1]) ?? 1) - 1]
        return "\(day), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }

    /// `20261126T141000Z`
    static func fileName(_ date: Date) -> String {
        Date(timeIntervalSince1970: seconds(date)).formatted(.iso8601).replacing("-", with: "")
            .replacing(":", with: "")
    }

    private static func seconds(_ date: Date) -> Double {
        let asked = date.timeIntervalSince1970
        return asked.isNaN ? 0 : min(max(asked, range.lowerBound), range.upperBound).rounded(.down)
    }
}
