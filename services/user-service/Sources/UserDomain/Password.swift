import CommonPasswords
public import DomainKit
import Foundation

/// A password that may be set: 8 to 256 characters, none of those that are guessed first.
///
/// Characters are Unicode code points after composition (NIST SP 800-63B §3.1.1.2), so that a password typed on another
/// keyboard is still the same. It has no description: a password is never printed.
public struct Password: Sendable {
    public static let lengths = 8...256

    let text: String

    /// - Parameter forbidden: what the password must not be, nor be made of: the account's own address and name.
    public init(_ text: String, forbidden: [String] = []) throws(Violation) {
        guard let text = Self.normalised(text), text.unicodeScalars.count <= Self.lengths.upperBound else {
            throw Violation(code: "too-long", detail: "At most \(Self.lengths.upperBound) characters are allowed.")
        }
        guard text.unicodeScalars.count >= Self.lengths.lowerBound else {
            throw Violation(code: "too-short", detail: "At least \(Self.lengths.lowerBound) characters are needed.")
        }
        let lowercased = text.lowercased()
        guard !CommonPasswords.contains(lowercased), !PlaceWords.make(text, with: forbidden), Set(text).count > 1,
            !forbidden.contains(where: { $0.lowercased() == lowercased })
        else {
            throw Violation(code: "too-common", detail: "This password is among the first that are guessed.")
        }
        self.text = text
    }

    /// A password that was just proven to be the account's, whatever today's rules say; nil for what can be none.
    init?(known password: ClaimedPassword) {
        guard let bytes = password.bytes else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The octets that are hashed.
    public var bytes: [UInt8] { Array(text.utf8) }

    /// Nil for a text that is longer than any password, before it costs anything.
    static func normalised(_ text: String) -> String? {
        text.utf8.count <= lengths.upperBound * 8 ? text.precomposedStringWithCanonicalMapping : nil
    }
}

/// A password as somebody claims to know it: any text, since rules for new passwords may change after one was set.
public struct ClaimedPassword: Sendable {
    /// The octets that are compared; nil for a text that no password can be.
    public let bytes: [UInt8]?

    public init(_ text: String) {
        bytes = Password.normalised(text).map { Array($0.utf8) }
    }
}
