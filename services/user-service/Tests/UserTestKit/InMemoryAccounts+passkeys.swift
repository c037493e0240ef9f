public import DomainKit
public import Foundation
public import UserDomain
public import WebAuthn

/// Passkeys over the same state as accounts and sessions, as in the database.
extension InMemoryAccounts: PasskeyStore {
    struct KeptChallenge {
        var ceremony: PasskeyCeremony
        var expiresAt: Date
    }

    public func keep(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws {
        try run { [now = clock.now] state in
            let end = now.addingTimeInterval(KeptPasskey.challengeLife / .seconds(1))
            state.challenges[challenge] = KeptChallenge(ceremony: ceremony, expiresAt: end)
        }
    }

    public func take(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws -> Bool {
        try run { [now = clock.now] state in
            guard let kept = state.challenges[challenge], kept.ceremony == ceremony else { return false }
            state.challenges[challenge] = nil
            return kept.expiresAt > now
        }
    }

    public func passkeys(of user: UserID, page: PageRequest) async throws -> Page<KeptPasskey> {
        try run { state in
            let after = try page.after.map { try PasskeyCursor($0).id }
            let own = state.passkeys.values.filter { $0.userID == user }.sorted { $0.id > $1.id }
            let rest = own.filter { kept in after.map { kept.id < $0 } ?? true }
            return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) { PasskeyCursor($0.id).cursor }
        }
    }

    public func passkey(_ id: PasskeyID, of user: UserID) async throws -> KeptPasskey? {
        try run { state in state.passkeys[id].flatMap { $0.userID == user ? $0 : nil } }
    }

    public func add(_ kept: KeptPasskey, by owner: ActingOwner) async throws -> KeptPasskey {
        try run { [now = clock.now] state in
            guard state.accounts[kept.userID] != nil else {
                throw Failure(.unauthenticated, code: "platform.unauthenticated", message: "Gone.")
            }
            let own = state.passkeys.values.filter { $0.userID == kept.userID }
            if let first = own.first(where: { $0.id == kept.id }) { return first }
            guard own.count < KeptPasskey.mostPerUser else { throw Failure.tooManyPasskeys }
            guard !state.passkeys.values.contains(where: { $0.passkey.id == kept.passkey.id }) else {
                throw Failure.passkeyTaken
            }
            let added = KeptPasskey(
                id: kept.id, userID: kept.userID, passkey: kept.passkey, name: kept.name, createdAt: now)
            state.passkeys[kept.id] = added
            state.note(.passkeyAdded, .passkeyAdded, by: owner, at: now)
            return added
        }
    }

    public func remove(_ id: PasskeyID, voiding roles: Set<Role>, by owner: ActingOwner) async throws -> Bool {
        let user = owner.id
        return try run { [now = clock.now] state in
            guard let account = state.accounts[user], state.passkeys[id]?.userID == user else { return false }
            state.passkeys[id] = nil
            let shown = state.shownPasskeys.filter { $0.value == id }.keys
            state.end(of: user, at: now) { shown.contains($0.id) && $0.id != owner.session }
            state.unshow([.hardwareKey, .softwareKey], of: user) { shown.contains($0.id) }
            state.voidTokens(of: account.user, with: roles, at: now)
            state.note(.passkeyRemoved, .passkeyRemoved, by: owner, at: now)
            return true
        }
    }

    public func holder(of credential: Data, device: DeviceMark?) async throws -> PasskeyHolder? {
        try run { [now = clock.now] state in
            guard let kept = state.passkeys.values.first(where: { $0.passkey.id == credential }),
                var account = state.credentials(of: kept.userID, at: now)
            else { return nil }
            account.isDeviceKnown = device.flatMap { state.devices[$0] }?.user == kept.userID
            return PasskeyHolder(kept: kept, account: account)
        }
    }

    public func open(_ opening: SessionOpening, with kept: KeptPasskey, after use: PasskeyUse) async throws -> Bool {
        try run { [now = clock.now] state in
            guard state.isAsChecked(opening), state.mayOpen(opening.userID, at: now),
                state.use(kept, of: opening.userID, use, at: now)
            else { return false }
            state.add(opening, at: now)
            return true
        }
    }

    public func show(_ kept: KeptPasskey, in session: SessionID, after use: PasskeyUse) async throws -> Bool {
        try run { [now = clock.now] state in
            guard state.isOpen(session, of: kept.userID, at: now), state.use(kept, of: kept.userID, use, at: now) else {
                return false
            }
            state.show(kept.method, in: session, at: now)
            if state.shownPasskeys[session] == nil { state.shownPasskeys[session] = kept.id }
            return true
        }
    }
}

extension InMemoryAccounts.State {
    /// False when the passkey is not as it was seen.
    fileprivate mutating func use(
        _ kept: KeptPasskey, of user: UserID, _ use: PasskeyUse, at now: Date
    ) -> Bool {
        guard var present = passkeys[kept.id], present.userID == user,
            present.passkey.signatureCount == kept.passkey.signatureCount
        else { return false }
        (present.passkey.signatureCount, present.passkey.isBackedUp) = (use.signatureCount, use.isBackedUp)
        present.lastUsedAt = now
        passkeys[kept.id] = present
        return true
    }
}
