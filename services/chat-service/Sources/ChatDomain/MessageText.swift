public import DomainKit

/// What a message says: 1 to 4,000 Unicode scalars, not blank, without NUL.
public struct MessageText: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 4_000
    public let description: String

    public init(_ text: String) throws(Violation) {
        guard text.isWithin(scalars: Self.longest) else {
            throw Violation(code: "too-long", detail: "Must have at most \(Self.longest) characters.")
        }
        // Most texts are told by their first byte, so the look at the whole is rare.
        guard let first = text.utf8.first,
            first > 0x20 || text.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
        else {
            throw Violation(code: "blank", detail: "Must not be blank.")
        }
        guard !text.utf8.contains(0) else {
            throw Violation(code: "control-character", detail: "Must not have a NUL character.")
        }
        description = text
    }

    /// Trusts a text that was checked when it was stored.
    public init(stored text: String) {
        description = text
    }
}

/// The name a sender gives a message, so that a repeat of it is known: 1 to 200 characters, none of control.
public struct ClientID: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 200
    public let description: String

    public init(_ text: String) throws(Violation) {
        guard !text.isEmpty else {
            throw Violation(code: "blank", detail: "Must not be empty.")
        }
        guard text.isWithin(scalars: Self.longest) else {
            throw Violation(code: "too-long", detail: "Must have at most \(Self.longest) characters.")
        }
        // Bytes first: 0xc2 begins the upper controls, and hardly any name has it.
        guard
            !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == 0xc2 })
                || !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Violation(code: "control-character", detail: "Must not have control characters.")
        }
        description = text
    }

    /// Trusts a name that was checked when it was stored.
    public init(stored text: String) {
        description = text
    }
}

extension String {
    /// Looks at the scalars only where the bytes alone cannot tell.
    fileprivate func isWithin(scalars limit: Int) -> Bool {
        let bytes = utf8.count
        return bytes <= limit || (bytes <= limit * 4 && unicodeScalars.count <= limit)
    }
}
