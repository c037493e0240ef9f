public import DomainKit
public import Foundation

/// Where mails wait, and the tokens in them. A method is one transition, mail included, and all time is the store's.
///
/// Every method fails with `unavailable` when the store is away.
public protocol EmailProofs: Sendable {
    /// Posts `mail` to the account with this address; its token voids the account's former one of the purpose.
    ///
    /// Nothing is posted within a minute of the last mail of the kind to the address, to an address that is nobody's, and to
    /// one that is verified already where that is the purpose. The caller is not told, and all of them cost the same.
    func post(_ mail: AskedMail, to email: EmailAddress) async throws

    /// Whose token this is, as long as it can be used; nil for any other.
    func holder(of token: Data, for purpose: MailToken.Purpose) async throws -> User?

    /// Spends the token and takes the address for the account's; false when it cannot be used any more.
    func verifyEmail(_ token: Data, of user: UserID, by author: AuditAuthor) async throws -> Bool

    /// Spends the token, sets the password, takes the address for the account's, as the token came that way, ends all sessions,
    /// voids all tokens, and tells the owner; false when it cannot be used any more.
    func resetPassword(
        _ token: Data, of user: UserID, to hash: PasswordHash, by author: AuditAuthor, on device: Device
    ) async throws -> Bool
}
