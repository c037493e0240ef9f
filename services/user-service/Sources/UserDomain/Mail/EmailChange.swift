public import DomainKit
public import Foundation

/// An address that an account is to have, with the mails that ask for it.
public struct EmailChange: Sendable {
    public let email: EmailAddress
    /// To the account's address, which says that its reader wants another one.
    public let former: AskedMail
    /// To the new address, if it is nobody's.
    public let new: AskedMail
    /// To the new address, if it is somebody's.
    public let taken: AskedMail

    /// Fails: a fault of ours.
    public init(
        from former: EmailAddress, to email: EmailAddress, ids: any IDSource, tokens: any MailTokens
    ) throws(Failure) {
        self.email = email
        self.former = try AskedMail(.confirmFormerEmail, to: former, id: ids.random(), tokens: tokens)
        new = try AskedMail(.confirmNewEmail, to: email, id: ids.random(), tokens: tokens)
        taken = try AskedMail(.accountExists, to: email, id: ids.random(), tokens: tokens)
    }

    /// What became of one that was asked for.
    public enum Asked: Sendable, Hashable {
        case made
        /// The account's address got such a mail within a minute.
        case tooSoon
        /// The account is gone, or has another password or address.
        case stale
    }

    /// How far one has come.
    public enum State: String, Sendable, Hashable {
        /// The reader of the other address has not said so yet.
        case waiting
        case changed
    }
}

/// A change of address that is still to be confirmed.
public struct PendingEmailChange: Sendable, Hashable {
    public let user: User
    public let email: EmailAddress

    public init(user: User, email: EmailAddress) {
        self.user = user
        self.email = email
    }
}

/// Where changes of address wait for those who read the two addresses' mail. A method is one transition, mails included, and
/// all time is the store's.
///
/// Every method fails with `unavailable` when the store is away.
public protocol EmailChanges: Sendable {
    /// Lets the account have another address once both are confirmed, in place of any other change of it, if its password is
    /// still `hash`.
    func ask(for change: EmailChange, of user: User, knowing hash: PasswordHash) async throws -> EmailChange.Asked

    /// Which change this token confirms, as long as it can; nil for any other.
    func pendingChange(_ token: Data, for purpose: MailToken.Purpose) async throws -> PendingEmailChange?

    /// Spends the token. With the second one the account has the address, which counts as verified; all tokens of its mails are
    /// void, and the owner is told at the former address. Nil when the token cannot be used any more.
    ///
    /// Fails: `emailTaken`, and leaves the token as it was.
    func confirm(
        _ change: PendingEmailChange, by token: Data, for purpose: MailToken.Purpose, author: AuditAuthor,
        on device: Device
    ) async throws -> EmailChange.State?
}
