import Crypto
public import DomainKit
public import Foundation
import StorageKit
public import UserDomain

/// Tokens in mails under keys that follow from `KEY_ENCRYPTION_KEY`: who has the database alone can neither use one nor read
/// one from a mail that waits. Another key voids them all, those in mails that wait too; people ask again.
public struct SealedMailTokens: MailTokens {
    private let key: KeyEncryptionKey
    private let digests: SymmetricKey
    private let turns: SymmetricKey

    public init(_ key: KeyEncryptionKey) {
        self.key = key
        digests = key.derived(for: "mail token digest")
        turns = key.derived(for: "mail turn")
    }

    public func make(_ purpose: MailToken.Purpose, for mail: UUID) throws(Failure) -> KeptMailToken {
        let token = MailToken(secret: SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })
        do {
            return KeptMailToken(
                purpose: purpose, digest: digest(of: token, for: purpose),
                sealed: try key.seal(token.secret, as: Self.place(mail)))
        } catch {
            throw .storageFault(error)
        }
    }

    public func digest(of token: MailToken, for purpose: MailToken.Purpose) -> Data {
        Self.code(Data("\(purpose.rawValue) ".utf8) + token.secret, digests)
    }

    public func turn(of kind: MailKind, to email: EmailAddress) -> Data {
        Self.code(Data("\(kind.name) \(email)".utf8), turns)
    }

    /// The token that was made for this very mail.
    func open(_ sealed: Data, for mail: UUID) throws(KeyEncryptionKey.CannotOpen) -> MailToken {
        MailToken(secret: try key.open(sealed, as: Self.place(mail)))
    }

    private static func place(_ mail: UUID) -> String { "mail \(mail.lowercased)" }

    private static func code(_ text: Data, _ key: SymmetricKey) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }
}
