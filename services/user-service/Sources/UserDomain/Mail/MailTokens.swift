public import DomainKit
public import Foundation

/// What tokens in mails are known by without being kept, and how they wait for their mail to go out.
public protocol MailTokens: Sendable {
    /// A token unlike any other, for the mail with this id. Fails: a fault of ours.
    func make(_ purpose: MailToken.Purpose, for mail: UUID) throws(Failure) -> KeptMailToken

    /// No two purposes have the same of one token.
    func digest(of token: MailToken, for purpose: MailToken.Purpose) -> Data

    /// Under which mails of this kind to this address take turns: 32 bytes that do not tell the address.
    func turn(of kind: MailKind, to email: EmailAddress) -> Data
}

/// A token as it is kept: by its digest, and sealed for the one mail it travels in.
public struct KeptMailToken: Sendable, Hashable {
    public let purpose: MailToken.Purpose
    public let digest: Data
    public let sealed: Data

    public init(purpose: MailToken.Purpose, digest: Data, sealed: Data) {
        self.purpose = purpose
        self.digest = digest
        self.sealed = sealed
    }
}

/// A mail that somebody asks for by naming an address: no more than one of a kind a minute goes there.
public struct AskedMail: Sendable, Hashable {
    public let id: UUID
    public let kind: MailKind
    public let turn: Data
    public let token: KeptMailToken?

    /// Fails: a fault of ours.
    public init(_ kind: MailKind, to email: EmailAddress, id: UUID, tokens: any MailTokens) throws(Failure) {
        self.id = id
        self.kind = kind
        turn = tokens.turn(of: kind, to: email)
        guard let purpose = kind.purpose else {
            token = nil
            return
        }
        token = try tokens.make(purpose, for: id)
    }
}
