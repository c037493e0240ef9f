public import Foundation

/// Passwords counted by the clock (RFC 6238).
///
/// A code works once: whoever checks one keeps the step it matched, and takes only later ones from then on.
public struct TOTP: Sendable {
    public let codes: HOTP
    /// How long a code is the newest, in seconds.
    public let period: Int

    /// - Parameter period: in seconds, at least 1. Many apps know 30 only.
    public init(secret: OneTimeSecret, hash: HOTP.Hash = .sha1, length: HOTP.Length = .six, period: Int = 30) {
        precondition(period > 0, "a period of no time")
        codes = HOTP(secret: secret, hash: hash, length: length)
        self.period = period
    }

    /// How many periods passed since 1970: 0 before it and for what is no time.
    public func step(at time: Date) -> Int64 {
        let seconds = time.timeIntervalSince1970.rounded(.down)
        guard seconds > 0 else { return 0 }  // not a number is not more either
        return (Int64(exactly: seconds) ?? .max) / Int64(period)
    }

    /// The code of `time`.
    public func code(at time: Date) -> String {
        codes.code(at: UInt64(step(at: time)))
    }

    /// The step that `code` is of, for the caller to keep: the next code must be of a later one.
    ///
    /// Nil when it is of none that counts: within `drift` steps of `time` to both sides, for clocks that are off and
    /// people who are slow, and later than `used`. All of them are tried, whichever matches; of two with the same code the
    /// later one is answered, so that the code does not work again. Of two who send one code at once both get its step:
    /// only who keeps it, in one statement that asks whether it is later than the one kept, knows which came first.
    public func step(
        of code: OneTimeCode, at time: Date, after used: Int64? = nil, drift: Int = 1
    ) -> Int64? {
        let now = step(at: time)
        var found: Int64?
        for distance in -Int64(clamping: max(drift, 0))...Int64(clamping: max(drift, 0)) {
            let (step, overflows) = now.addingReportingOverflow(distance)
            guard !overflows, step >= 0 else { continue }
            let isMatch = codes.matches(code, at: UInt64(step))
            if isMatch, used.map({ step > $0 }) ?? true { found = step }
        }
        return found
    }
}
