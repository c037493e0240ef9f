/// A code as somebody typed it.
///
/// The rule: decimal digits of every script stand for their values, as a Japanese keyboard makes `１２３`; white space and
/// dashes between them are left out, as apps show `123 456`; anything else is no code. Six to eight digits are left.
public struct OneTimeCode: Sendable, CustomStringConvertible, CustomReflectable {
    /// In ASCII.
    let digits: [UInt8]

    /// Nil for what is no code by the rule, and for more than 64 bytes.
    public init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var digits: [UInt8] = []
        for scalar in text.unicodeScalars where !scalar.isBetween {
            guard let digit = scalar.decimal else { return nil }
            digits.append(UInt8(ascii: "0") + digit)
        }
        guard 6...8 ~= digits.count else { return nil }
        self.digits = digits
    }

    public var description: String { "OneTimeCode" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Unicode.Scalar {
    /// White space or a dash, which people and apps put between groups.
    var isBetween: Bool { properties.isWhitespace || properties.generalCategory == .dashPunctuation }

    /// What a decimal digit of any script stands for.
    var decimal: UInt8? {
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
        return UInt8(exactly: value).flatMap { $0 < 10 ? $0 : nil }
    }
}
