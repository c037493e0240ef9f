public import DomainKit
public import Foundation
import IdentityEvents
public import UserDomain

/// A mail that an account in memory got.
public struct PostedMail: Sendable, Hashable {
    public let kind: MailKind
    public let user: UserID
    public let email: EmailAddress
    public let language: Language
    public let token: KeptMailToken?
}

struct TokenKey: Hashable {
    let user: UserID
    let purpose: MailToken.Purpose
}

struct KeptToken {
    let digest: Data
    let email: EmailAddress
    let end: Date
}

extension InMemoryAccounts.State {
    /// False when it is not the mail's turn.
    mutating func takeTurn(_ mail: AskedMail, at now: Date) -> Bool {
        if let last = turns[mail.turn], last + 60 > now { return false }
        turns[mail.turn] = now
        return true
    }

    mutating func post(_ mail: AskedMail, to user: User, at now: Date) {
        if takeTurn(mail, at: now) { write(mail, to: user, at: now) }
    }

    mutating func write(_ mail: AskedMail, to user: User, at now: Date) {
        if let token = mail.token {
            tokens[TokenKey(user: user.id, purpose: token.purpose)] = KeptToken(
                digest: token.digest, email: user.email,
                end: now.addingTimeInterval(token.purpose.life / .seconds(1)))
        }
        mails.append(
            PostedMail(
                kind: mail.kind, user: user.id, email: user.email, language: user.language, token: mail.token))
    }

    /// Tells the owner, in the list and by mail.
    mutating func notice(
        _ kind: SecurityEvent.Kind, of user: User, session: SessionID? = nil, device: Device = Device(), at now: Date,
        to email: EmailAddress? = nil
    ) {
        events.append(
            SecurityEvent(
                id: UUID(), kind: kind, userID: user.id, at: now, sessionID: session, device: device))
        mails.append(
            PostedMail(
                kind: .notice(kind), user: user.id, email: email ?? user.email, language: user.language, token: nil))
    }

    /// Tokens that a change of the password voids.
    mutating func forgetResets(of user: UserID) {
        for purpose in [.resetPassword] + MailToken.Purpose.ofEmailChange {
            tokens[TokenKey(user: user, purpose: purpose)] = nil
        }
    }

    func holder(of digest: Data, for purpose: MailToken.Purpose, at now: Date) -> User? {
        let found = tokens.first { $0.key.purpose == purpose && $0.value.digest == digest && $0.value.end > now }
        guard let found, let user = credentials(of: found.key.user, at: now)?.user, user.email == found.value.email
        else { return nil }
        return user
    }
}

extension InMemoryAccounts: EmailProofs {
    /// All there ever were of accounts that are there, the newest last.
    public var mails: [PostedMail] { (try? run { $0.mails }) ?? [] }

    public func post(_ mail: AskedMail, to email: EmailAddress) async throws {
        try run { [now = clock.now] state in
            let found = state.accounts.values.first { email.forms.contains($0.user.email.description) }
            guard state.takeTurn(mail, at: now), let user = found?.user,
                mail.kind != .verifyEmail || !user.isEmailVerified
            else { return }
            state.write(mail, to: user, at: now)
        }
    }

    public func holder(of token: Data, for purpose: MailToken.Purpose) async throws -> User? {
        try run { [now = clock.now] in $0.holder(of: token, for: purpose, at: now) }
    }

    public func verifyEmail(_ token: Data, of user: UserID, by author: AuditAuthor) async throws -> Bool {
        try run { [now = clock.now] state in
            guard state.holder(of: token, for: .verifyEmail, at: now)?.id == user else { return false }
            state.tokens[TokenKey(user: user, purpose: .verifyEmail)] = nil
            guard state.accounts[user]?.user.isEmailVerified == false else { return true }
            state.accounts[user]?.user.isEmailVerified = true
            state.accounts[user]?.user.version += 1
            state.accounts[user]?.user.updatedAt = now
            state.note(.emailVerified, of: user, by: author, at: now)
            return true
        }
    }

    public func resetPassword(
        _ token: Data, of user: UserID, to hash: PasswordHash, by author: AuditAuthor, on device: Device
    ) async throws -> Bool {
        try run { [now = clock.now] state in
            guard state.holder(of: token, for: .resetPassword, at: now)?.id == user,
                var account = state.accounts[user]
            else { return false }
            account.hash = hash
            if !account.user.isEmailVerified {
                account.user.version += 1
                account.user.updatedAt = now
            }
            account.user.isEmailVerified = true
            state.notice(.passwordReset, of: account.user, device: device, at: now)
            state.forgetResets(of: user)
            state.reset(&account, .passwordReset, at: now)
            state.accounts[user] = account
            state.note(.passwordReset, of: user, by: author, at: now)
            return true
        }
    }
}

extension InMemoryAccounts: SecurityEvents {
    public func securityEvents(of user: UserID, page: PageRequest) async throws -> Page<SecurityEvent> {
        let after = try page.after.map { try SecurityEventCursor($0) }
        return try run { state in
            let own = state.events.filter { $0.userID == user }.sorted {
                ($0.at, $0.id.lowercased) > ($1.at, $1.id.lowercased)
            }
            let rest = own.filter { event in
                after.map { (event.at, event.id.lowercased) < ($0.at, $0.id.lowercased) } ?? true
            }
            return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) { SecurityEventCursor($0).cursor }
        }
    }
}

/// Tokens of mails whose seal is the token itself.
public struct ToyMailTokens: MailTokens {
    public init() {}

    public func make(_ purpose: MailToken.Purpose, for mail: UUID) throws(Failure) -> KeptMailToken {
        let token = MailToken(secret: ToySecrets().first())
        return KeptMailToken(
            purpose: purpose, digest: digest(of: token, for: purpose), sealed: Data(token.description.utf8))
    }

    public func digest(of token: MailToken, for purpose: MailToken.Purpose) -> Data {
        ToySecrets().digest(of: Data(purpose.rawValue.utf8) + token.secret)
    }

    public func turn(of kind: MailKind, to email: EmailAddress) -> Data {
        ToySecrets().digest(of: Data("\(kind.name) \(email)".utf8))
    }
}

extension KeptMailToken {
    /// What `ToyMailTokens` sealed, as it stands in the mail.
    public var text: String { String(decoding: sealed, as: UTF8.self) }
}
