public import DomainKit
import Foundation
import IdentityEvents
public import UserDomain

extension InMemoryAccounts: AdministrationStore {
    public func account(_ id: UserID) async throws -> ManagedUser? {
        try run { [now = clock.now] in $0.managed(id, at: now) }
    }

    public func accounts(_ search: UserSearch, page: PageRequest) async throws -> Page<ManagedUser> {
        let after = try page.after.map { try UserSearchCursor($0) }
        return try run { [now = clock.now] state in
            let found = state.accounts.keys.compactMap { id -> (key: String, account: ManagedUser)? in
                guard let account = state.managed(id, at: now), let key = search.key(of: account.user) else {
                    return nil
                }
                return (key, account)
            }
            let sorted = found.sorted { Self.isBefore(($0.key, $0.account.user.id), ($1.key, $1.account.user.id)) }
            let rest = sorted.filter { found in
                after.map { Self.isBefore(($0.key, $0.id), (found.key, found.account.user.id)) } ?? true
            }
            return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) {
                UserSearchCursor(key: $0.key, id: $0.account.user.id).cursor
            }.map(\.account)
        }
    }

    /// By bytes, as the database does.
    private static func isBefore(_ one: (key: String, id: UserID), _ other: (key: String, id: UserID)) -> Bool {
        guard one.key.utf8.elementsEqual(other.key.utf8) else {
            return one.key.utf8.lexicographicallyPrecedes(other.key.utf8)
        }
        return one.id < other.id
    }

    public func make(
        _ ruling: Ruling, on id: UserID, ifVersion version: Int, by admin: ActingAdmin
    ) async throws -> ManagedUser {
        try run { [now = clock.now] state in
            let session = admin.session.flatMap { state.isOpen($0, of: admin.id, at: now) ? state.sessions[$0] : nil }
            try admin.check(
                state.credentials(of: admin.id, at: now)?.user, shown: session?.session.authentication, for: ruling,
                at: now)
            guard let subject = state.managed(id, at: now) else { throw Failure.userNotFound }
            guard subject.user.version == version else { throw Failure.changedMeanwhile }
            var changed = subject
            changed.user = try ruling.applied(to: subject.user, by: admin.id, at: now)
            guard changed.user != subject.user else { return subject }
            if subject.user.isActiveAdmin, !changed.user.isActiveAdmin { try state.mustKeepAnAdmin(but: id, at: now) }
            state.accounts[id]?.user = changed.user
            if ruling.voidsTokens {
                let kind = IdentityEvent.Kind(rawValue: ruling.action.rawValue)
                state.tell(kind, id, epoch: changed.user.epoch, at: now)
            }
            try state.write(ruling, from: subject.user, to: changed.user, by: AuditAuthor(admin), at: now)
            return changed
        }
    }

    public func auditTrail(_ filter: AuditFilter, page: PageRequest) async throws -> Page<AuditRecord> {
        let after = try page.after.map { try AuditCursor($0).seq } ?? .max
        return try run { state in
            let found = state.audit.reversed().filter { line in
                line.seq < after && (filter.actorID.map { $0 == line.actorID } ?? true)
                    && (filter.subjectID.map { $0 == line.subjectID } ?? true)
                    && (filter.action.map { $0 == line.action.rawValue } ?? true)
            }
            return Page(Array(found.prefix(page.limit + 1)), limit: page.limit) { AuditCursor($0.seq).cursor }
        }
    }
}

extension InMemoryAccounts.State {
    fileprivate func managed(_ id: UserID, at now: Date) -> ManagedUser? {
        credentials(of: id, at: now).map { found in
            let open = sessions.values.count { $0.session.userID == id && $0.session.expiresAt > now }
            return ManagedUser(user: found.user, sessionCount: open, readAt: now)
        }
    }

    /// Fails: `lastAdmin`, when nobody but this account is one.
    func mustKeepAnAdmin(but id: UserID, at now: Date) throws(Failure) {
        let others = accounts.keys.filter { $0 != id && pending[$0] == nil }
        guard others.contains(where: { credentials(of: $0, at: now)?.user.isActiveAdmin == true }) else {
            throw .lastAdmin
        }
    }

    mutating func write(
        _ ruling: Ruling, from former: User, to present: User, by author: AuditAuthor, at now: Date
    ) throws {
        append(
            ruling.action, of: present.id, because: ruling.reason, by: author, at: now,
            before: try AuditFacts(of: former, for: ruling).json, after: try AuditFacts(of: present, for: ruling).json)
    }

    /// A line that says no more than what was done to whom by whom.
    mutating func note(_ action: AuditAction, of id: UserID, by author: AuditAuthor, at now: Date) {
        append(action, of: id, because: nil, by: author, at: now, before: nil, after: nil)
    }

    private mutating func append(
        _ action: AuditAction, of id: UserID, because reason: String?, by author: AuditAuthor, at now: Date,
        before: String?, after: String?
    ) {
        let text = "\(action.rawValue) \(id) \(after ?? "")"
        audit.append(
            AuditRecord(
                id: UUID(), seq: Int64(audit.count) + 1, at: now, actorID: author.id, actor: author.actor,
                subjectID: id, action: action, reason: reason ?? author.reason,
                requestID: author.requestID, before: before, after: after,
                hash: ToySecrets().digest(of: (audit.last?.hash ?? Data()) + Data(text.utf8))))
    }
}

extension UserSearch {
    /// What the account is found by; nil when it is not found.
    fileprivate func key(of user: User) -> String? {
        let (address, name) = (Self.folded(user.email.description), Self.folded(user.displayName.description))
        if Self.begins(address, with: self.address) { return Self.key(address) }
        return Self.begins(name, with: self.name) ? Self.key(name) : nil
    }

    private static func begins(_ text: String, with beginning: String) -> Bool {
        text.unicodeScalars.starts(with: folded(beginning).unicodeScalars)
    }

    private static func key(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(UserSearchCursor.keyLength)))
    }

    private static func folded(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.uppercased().lowercased().replacing("ς", with: "σ")
            .precomposedStringWithCompatibilityMapping
    }
}
