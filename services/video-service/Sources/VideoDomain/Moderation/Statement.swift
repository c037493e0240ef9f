public import DomainKit

/// What somebody says for or against a video: why it is reported, taken down or to be put back. At most 2,000 characters, may have
/// several lines, and something to read in it.
public struct Statement: Sendable, Hashable {
    public static let longest = 2_000
    public let text: String

    public init(_ text: String) throws(Violation) {
        guard text.unicodeScalars.count <= Self.longest else {
            throw Violation(code: "too-long", detail: "must have at most \(Self.longest) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\r" && $0 != "\t" }) else {
            throw Violation(code: "bad-character", detail: "must not contain control characters")
        }
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw Violation(code: "blank", detail: "must have something to read")
        }
        self.text = text
    }

    /// One read back: what was taken once stays what it is.
    public init(stored text: String) {
        self.text = text
    }
}
