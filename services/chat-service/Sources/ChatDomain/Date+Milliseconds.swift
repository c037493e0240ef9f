public import Foundation

extension Date {
    /// The time as the wire and the store keep it, in the one form whole milliseconds have: a detour over microseconds can
    /// change the last bit, and two dates that are the same would not be equal.
    public var inMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }
}
