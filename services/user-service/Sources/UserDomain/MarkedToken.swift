import Encodings
public import Foundation

/// A token that is a secret drawn at random and nothing else; whoever gave it out keeps a digest alone.
///
/// Its text is a mark and the secret in base64url (RFC 4648 §5). By the mark people and scanners for leaked secrets know what was
/// found, and a token of one kind is none of another.
public protocol MarkedToken: Sendable, Hashable, LosslessStringConvertible {
    /// What the texts of this kind begin with, and those of no other: `h`, a letter, `t_`.
    static var mark: String { get }
    /// 256 bit.
    var secret: Data { get }

    init(secret: Data)
}

extension MarkedToken {
    /// Accepts only what `description` writes.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.mark), text.utf8.count == Self.mark.utf8.count + 43,
            let secret = Base64URL.decode(text.dropFirst(Self.mark.count)), secret.count == 32
        else { return nil }
        self.init(secret: secret)
    }

    public var description: String { Self.mark + Base64URL.encode(secret) }
}
