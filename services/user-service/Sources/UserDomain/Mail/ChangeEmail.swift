public import DomainKit
import Foundation

/// Gives an account another address: asked for by whoever knows its password and has shown who they are a short while ago, and
/// confirmed by whoever reads the mail of both.
public struct ChangeEmail<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let recent: RecentProof<Sessions>
    private let passkeys: any PasskeyStore
    private let changes: any EmailChanges
    private let tokens: any MailTokens
    private let hasher: Hasher
    private let budgets: any GuessBudgets
    private let ids: any IDSource

    public init(
        users: Users, sessions: Sessions, passkeys: any PasskeyStore, changes: any EmailChanges,
        tokens: any MailTokens, hasher: Hasher, budgets: any GuessBudgets, ids: any IDSource, stepUp: StepUpRules
    ) {
        self.users = users
        recent = RecentProof(sessions: sessions, rules: stepUp)
        self.passkeys = passkeys
        self.changes = changes
        self.tokens = tokens
        self.hasher = hasher
        self.budgets = budgets
        self.ids = ids
    }

    /// Has a mail sent to each of the two addresses. Whether the new one is another account's, its owner is told and nobody else.
    /// The password is asked for besides: whoever has a session that is still fresh need not know it.
    ///
    /// Fails: `invalid`, `passwordWrong`, `stepUpNeeded`, `roleWithheld`, rate limited, unauthenticated, unavailable.
    public func ask(_ owner: ActingOwner, to email: String, password: ClaimedPassword) async throws {
        let address = try EmailAddress(wanted: email)
        guard let credentials = try await users.credentials(of: owner.id) else { throw Failure.accountGone }
        let keys = try await passkeys.passkeys(of: owner.id, page: PageRequest(limit: 1))
        try await recent.check(owner, hasFactor: credentials.secondFactor != nil || !keys.items.isEmpty)
        guard !address.forms.contains(credentials.user.email.description) else { throw Failure.emailUnchanged }
        let outcome = try await budgets.spending(.holder(owner.id)) {
            try await hasher.check(password, against: credentials.hash)
        }
        guard outcome != .wrong else { throw Failure.passwordWrong(at: "/password") }
        let change = try EmailChange(from: credentials.user.email, to: address, ids: ids, tokens: tokens)
        switch try await changes.ask(for: change, of: credentials.user, knowing: credentials.hash) {
        case .made: return
        case .tooSoon: throw Failure.mailedJustNow
        case .stale: throw Failure.unavailable("account")
        }
    }

    /// Fails: `mailTokenInvalid`, `emailTaken`, unavailable.
    public func confirm(
        _ text: String, on device: Device = Device(), requestID: String?
    ) async throws -> EmailChange.State {
        guard let token = MailToken(text) else { throw Failure.mailTokenInvalid }
        for purpose in MailToken.Purpose.ofEmailChange {
            let digest = tokens.digest(of: token, for: purpose)
            guard let change = try await changes.pendingChange(digest, for: purpose) else { continue }
            let author = AuditAuthor(account: change.user.id, requestID: requestID)
            let state = try await changes.confirm(change, by: digest, for: purpose, author: author, on: device)
            guard let state else { break }
            return state
        }
        throw Failure.mailTokenInvalid
    }
}
