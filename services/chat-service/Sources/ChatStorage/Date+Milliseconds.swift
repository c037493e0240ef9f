import Foundation

extension Date {
    /// The same moment in the one form whole milliseconds have: a detour over the database's microseconds can change the
    /// last bit, and two dates that are the same would not be equal.
    var inMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }
}
