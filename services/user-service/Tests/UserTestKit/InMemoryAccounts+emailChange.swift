import DomainKit
public import Foundation
public import UserDomain

struct KeptChange {
    let email: EmailAddress
    let former: EmailAddress
    let end: Date
    var sure: Set<MailToken.Purpose> = []
}

extension InMemoryAccounts.State {
    func owner(of email: EmailAddress) -> User? {
        accounts.values.first { email.forms.contains($0.user.email.description) }?.user
    }

    func pending(_ digest: Data, for purpose: MailToken.Purpose, at now: Date) -> PendingEmailChange? {
        let found = tokens.first { $0.key.purpose == purpose && $0.value.digest == digest && $0.value.end > now }
        guard let found, let user = accounts[found.key.user]?.user, let change = changes[user.id], change.end > now,
            change.former == user.email,
            found.value.email == (purpose == .confirmNewEmail ? change.email : change.former)
        else { return nil }
        return PendingEmailChange(user: user, email: change.email)
    }
}

extension InMemoryAccounts: EmailChanges {
    public func ask(
        for change: EmailChange, of user: User, knowing hash: PasswordHash
    ) async throws -> EmailChange.Asked {
        try run { [now = clock.now] state in
            guard let known = state.accounts[user.id], known.hash == hash, known.user.email == user.email else {
                return .stale
            }
            guard state.takeTurn(change.former, at: now) else { return .tooSoon }
            state.write(change.former, to: known.user, at: now)
            state.tokens[TokenKey(user: user.id, purpose: .confirmNewEmail)] = nil
            state.changes[user.id] = KeptChange(
                email: change.email, former: known.user.email,
                end: now.addingTimeInterval(MailToken.Purpose.confirmNewEmail.life / .seconds(1)))
            if let owner = state.owner(of: change.email) {
                state.post(change.taken, to: owner, at: now)
            } else {
                var receiver = known.user
                receiver.email = change.email
                state.post(change.new, to: receiver, at: now)
            }
            return .made
        }
    }

    public func pendingChange(_ token: Data, for purpose: MailToken.Purpose) async throws -> PendingEmailChange? {
        try run { [now = clock.now] in $0.pending(token, for: purpose, at: now) }
    }

    public func confirm(
        _ change: PendingEmailChange, by token: Data, for purpose: MailToken.Purpose, author: AuditAuthor,
        on device: Device
    ) async throws -> EmailChange.State? {
        try run { [now = clock.now] state in
            let id = change.user.id
            guard state.pending(token, for: purpose, at: now) == change, var kept = state.changes[id] else {
                return nil
            }
            kept.sure.insert(purpose)
            if kept.sure.contains(.confirmNewEmail), let owner = state.owner(of: kept.email), owner.id != id {
                throw Failure.emailTaken
            }
            state.tokens[TokenKey(user: id, purpose: purpose)] = nil
            state.changes[id] = kept
            guard kept.sure.count == 2, var account = state.accounts[id] else { return .waiting }
            account.user.email = kept.email
            account.user.isEmailVerified = true
            account.user.version += 1
            account.user.updatedAt = now
            state.accounts[id] = account
            state.changes[id] = nil
            state.tokens = state.tokens.filter { $0.key.user != id }
            state.notice(.emailChanged, of: account.user, device: device, at: now, to: kept.former)
            state.note(.emailChanged, of: id, by: author, at: now)
            return .changed
        }
    }
}
