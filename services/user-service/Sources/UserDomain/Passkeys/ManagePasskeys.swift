public import DomainKit
public import Foundation
public import WebAuthn

/// What people do with their own passkeys: see them, add one, take one away. The password stays whatever they do, so that there
/// always is a way in.
public struct ManagePasskeys<Users: UserStore, Sessions: SessionStore>: Sendable {
    private let users: Users
    private let recent: RecentProof<Sessions>
    private let passkeys: any PasskeyStore
    private let site: RelyingParty?
    private let ids: any IDSource
    private let clock: any WallClock

    /// - Parameter site: nil where the platform has no domain name.
    public init(
        users: Users, sessions: Sessions, passkeys: any PasskeyStore, site: RelyingParty?, stepUp: StepUpRules,
        ids: any IDSource, clock: any WallClock
    ) {
        self.users = users
        recent = RecentProof(sessions: sessions, rules: stepUp)
        self.passkeys = passkeys
        self.site = site
        self.ids = ids
        self.clock = clock
    }

    public func list(of user: UserID, page: PageRequest) async throws -> Page<KeptPasskey> {
        try await passkeys.passkeys(of: user, page: page)
    }

    /// What a browser needs to make one; its challenge is good for five minutes.
    ///
    /// Fails: `passkeysUnusable`, `tooManyPasskeys`, `stepUpNeeded`, `roleWithheld`, unauthenticated, unavailable.
    public func options(_ owner: ActingOwner) async throws -> CreationOptions {
        guard let site else { throw Failure.passkeysUnusable }
        guard let user = try await users.user(owner.id) else { throw Failure.accountGone }
        let known = try await passkeys.passkeys(of: owner.id, page: PageRequest(limit: KeptPasskey.mostPerUser)).items
        try await recent.check(owner, hasFactor: !known.isEmpty)
        guard known.count < KeptPasskey.mostPerUser else { throw Failure.tooManyPasskeys }
        guard
            let person = PasskeyUser(
                handle: user.id.handle, name: user.email.description, displayName: user.displayName.description)
        else { throw Failure.accountGone }
        let challenge = PasskeyChallenge()
        try await passkeys.keep(challenge, for: .creation(owner.id))
        return site.creationOptions(
            challenge: challenge, user: person, excluding: known.map(\.passkey.reference),
            timeout: KeptPasskey.challengeLife)
    }

    /// The challenge is used up whatever becomes of it. It was given to whoever showed who they are a short while before.
    ///
    /// - Parameters:
    ///   - name: nil for that of its model.
    ///   - id: the passkey's; a repeat with it answers with the first result.
    ///
    /// Fails: `invalid`, `passkeysUnusable`, `passkeyUnfit`, `passkeyTaken`, `tooManyPasskeys`, unauthenticated, unavailable.
    public func add(
        _ credential: CreatedCredential, name: String?, id: UUID? = nil, by owner: ActingOwner
    ) async throws -> KeptPasskey {
        guard let site else { throw Failure.passkeysUnusable }
        let name = try Self.checked(name)
        let id = PasskeyID(id ?? ids.ordered())
        if let first = try await passkeys.passkey(id, of: owner.id) { return first }
        guard let challenge = credential.claimedChallenge,
            try await passkeys.take(challenge, for: .creation(owner.id))
        else {
            throw Failure.passkeyUnfit(because: "challenge")
        }
        let passkey: Passkey
        do throws(CeremonyFailure) {
            passkey = try site.register(credential, challenge: challenge)
        } catch {
            throw Failure.passkeyUnfit(because: "\(error)")
        }
        let kept = KeptPasskey(
            id: id, userID: owner.id, passkey: passkey, name: name ?? PasskeyName(ofModel: passkey.model),
            createdAt: clock.now)
        return try await passkeys.add(kept, by: owner)
    }

    /// Fails: `passkeyNotFound`, for another's too; `stepUpNeeded`, `roleWithheld`, unauthenticated, unavailable.
    public func remove(_ id: PasskeyID, by owner: ActingOwner) async throws {
        try await recent.check(owner, hasFactor: true)
        let isRemoved = try await passkeys.remove(id, voiding: recent.rules.rolesOfTwoFactors, by: owner)
        guard isRemoved else { throw Failure.passkeyNotFound }
    }

    private static func checked(_ name: String?) throws(Failure) -> PasskeyName? {
        guard let name else { return nil }
        var check = Validation()
        let checked = check("/name") { () throws(Violation) in try PasskeyName(name) }
        guard let checked else { throw .invalid(check.violations) }
        return checked
    }
}
