public import DomainKit
import Foundation
import OneTimePasswords
public import UserDomain
import WebAuthn

/// What every `PasskeyStore` promises, together with the accounts and sessions it stands beside.
public struct PasskeyContract: Sendable {
    let users: any UserStore
    let sessions: any SessionStore
    let passkeys: any PasskeyStore
    /// Of the same content; another replica where that is what lets calls meet.
    let others: any PasskeyStore
    let hash = PasswordHash(phc: "$1")

    public init(
        _ store: some UserStore & SessionStore, _ passkeys: some PasskeyStore, _ others: some PasskeyStore
    ) {
        users = store
        sessions = store
        self.passkeys = passkeys
        self.others = others
    }

    // MARK: Parts

    func account() async throws -> User { try await users.insert(.sample(), hash: hash) }

    func passkey(of user: User, isSynced: Bool = false, counter: UInt32 = 0) throws -> KeptPasskey {
        KeptPasskey(
            id: PasskeyID(SystemIDSource().ordered()), userID: user.id,
            passkey: Passkey(
                id: ToySecrets().first(), publicKey: Data([1, 2, 3]), signatureCount: counter,
                transports: ["internal", "hybrid"], isBackupEligible: isSynced, isBackedUp: isSynced, model: UUID(),
                isDiscoverable: true),
            name: try PasskeyName("鍵"), createdAt: user.createdAt)
    }

    func added(to user: User, counter: UInt32 = 0) async throws -> KeptPasskey {
        try await passkeys.add(passkey(of: user, counter: counter), by: .sample(user.id))
    }

    func opening(_ user: User, _ kept: KeptPasskey) -> SessionOpening {
        .sample(of: user.id, epoch: user.epoch, methods: [kept.method], passkey: kept.id)
    }

    func use(_ count: UInt32, isBackedUp: Bool = false) -> PasskeyUse {
        PasskeyUse(signatureCount: count, isBackedUp: isBackedUp, isUserVerified: true)
    }

    // MARK: Promises

    public func takesAChallengeOnce() async throws {
        let (user, other) = (try await account(), try await account())
        let (own, anybodys) = (PasskeyChallenge(), PasskeyChallenge())
        let (session, shown) = (SessionID(UUID()), PasskeyChallenge())
        try await passkeys.keep(own, for: .creation(user.id))
        try await passkeys.keep(anybodys, for: .signIn)
        try await passkeys.keep(shown, for: .stepUp(session))
        for (challenge, ceremony) in [
            (own, PasskeyCeremony.creation(other.id)), (own, .signIn), (own, .stepUp(session)),
            (anybodys, .creation(user.id)), (anybodys, .stepUp(session)), (shown, .signIn),
            (shown, .creation(user.id)), (shown, .stepUp(SessionID(UUID()))), (PasskeyChallenge(), .signIn),
            (PasskeyChallenge(), .creation(user.id)),
        ] {
            try promise(await !passkeys.take(challenge, for: ceremony), "a challenge is of what it was kept for")
        }
        try promise(await passkeys.take(shown, for: .stepUp(session)), "and is taken for that")
        try promise(await !passkeys.take(shown, for: .stepUp(session)), "once")
        let taken = try await withThrowingTaskGroup { group in
            for index in 0..<50 {
                group.addTask {
                    try await (index.isMultiple(of: 2) ? passkeys : others).take(own, for: .creation(user.id))
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(taken == 1, "of fifty who take one, one gets it, not \(taken)")
        try promise(await passkeys.take(anybodys, for: .signIn), "nobody's is anybody's")
        try promise(await !passkeys.take(anybodys, for: .signIn), "once")
    }

    public func keepsWhatWasAdded() async throws {
        let (user, other) = (try await account(), try await account())
        let drafts = [try passkey(of: user), try passkey(of: user, isSynced: true, counter: .max)]
        for draft in drafts {
            let added = try await passkeys.add(draft, by: .sample(user.id))
            try promise(added.passkey == draft.passkey && added.name == draft.name, "it is kept whole")
            try promise(await passkeys.passkey(draft.id, of: user.id) == added, "and found")
            try promise(await passkeys.add(draft, by: .sample(user.id)) == added, "a repeat has the first result")
        }
        try promise(await passkeys.passkey(drafts[0].id, of: other.id) == nil, "by its owner alone")
        let first = try await passkeys.passkeys(of: user.id, page: PageRequest(limit: 1))
        try promise(first.items.map(\.id) == [drafts[1].id] && first.next != nil, "the newest comes first")
        let rest = try await passkeys.passkeys(of: user.id, page: PageRequest(limit: 1, after: first.next))
        try promise(rest.items.map(\.id) == [drafts[0].id] && rest.next == nil, "then the one before it")
        try promise(await passkeys.passkeys(of: other.id, page: PageRequest()).items.isEmpty, "and no other's")
        let holder = try await passkeys.holder(of: drafts[1].passkey.id, device: nil)
        try promise(holder?.kept.id == drafts[1].id && holder?.account.user == user, "it leads to its account")
        try promise(holder?.account.hash == hash && holder?.account.isDeviceKnown == false, "with its password")
        try promise(await passkeys.holder(of: ToySecrets().first(), device: nil) == nil, "an unknown one nowhere")
    }

    public func refusesWhatIsTooMuch() async throws {
        let (user, other) = (try await account(), try await account())
        let kept = try await added(to: user)
        func refusal(_ draft: KeptPasskey) async throws -> String? {
            do {
                _ = try await passkeys.add(draft, by: .sample(draft.userID))
                return nil
            } catch let failure as Failure { return failure.code }
        }
        for thief in [user, other] {
            let copy = KeptPasskey(
                id: PasskeyID(UUID()), userID: thief.id, passkey: kept.passkey, name: kept.name,
                createdAt: kept.createdAt)
            try promise(await refusal(copy) == "user.passkey-taken", "one passkey has one place")
        }
        for _ in 1..<KeptPasskey.mostPerUser { _ = try await added(to: user) }
        try promise(await refusal(passkey(of: user)) == "user.too-many-passkeys", "there are so many at most")
        try promise(await refusal(passkey(of: other)) == nil, "an account")
        try promise(await refusal(passkey(of: .sample())) == "platform.unauthenticated", "nobody has none")
    }

    public func opensOncePerCount() async throws {
        let user = try await account()
        let kept = try await added(to: user, counter: 7)
        let openings = (0..<50).map { _ in opening(user, kept) }
        let opened = try await withThrowingTaskGroup { group in
            for (index, opening) in openings.enumerated() {
                group.addTask {
                    try await (index.isMultiple(of: 2) ? passkeys : others).open(
                        opening, with: kept, after: use(8, isBackedUp: true))
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(opened == 1, "of fifty with one count one opens, not \(opened)")
        let now = try await passkeys.passkey(kept.id, of: user.id)
        try promise(now?.passkey.signatureCount == 8 && now?.passkey.isBackedUp == true, "and its count is kept")
        try promise(kept.lastUsedAt == nil && now?.lastUsedAt != nil, "with the time")
        let page = try await sessions.sessions(of: user.id, page: PageRequest())
        try promise(page.items.count == 1 && page.items[0].methods == [.hardwareKey], "there is one session")
        let synced = try await added(to: user)
        for _ in 0..<2 {
            let opened = try await passkeys.open(opening(user, synced), with: synced, after: use(0))
            try promise(opened, "one that does not count opens again and again")
        }
    }

    public func showsAPasskeyInASession() async throws {
        let (user, other) = (try await account(), try await account())
        let kept = try await added(to: user, counter: 7)
        let (own, theirs) = (SessionOpening.sample(of: user.id), SessionOpening.sample(of: other.id))
        for opening in [own, theirs] { _ = try await sessions.open(opening) }
        let opened = try await sessions.grant(own.id)?.session
        for session in [theirs.id, SessionID(UUID())] {
            try promise(await !passkeys.show(kept, in: session, after: use(8)), "not in a session of somebody else")
        }
        try promise(await passkeys.passkey(kept.id, of: user.id) == kept, "which is no use of it")
        let shown = try await withThrowingTaskGroup { group in
            for index in 0..<50 {
                group.addTask {
                    try await (index.isMultiple(of: 2) ? passkeys : others).show(
                        kept, in: own.id, after: use(8, isBackedUp: true))
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try promise(shown == 1, "of fifty with one count one is shown, not \(shown)")
        let session = try await sessions.grant(own.id)?.session
        guard let session, let opened else { throw BrokenPromise(description: "the session is there") }
        try promise(session.methods == [.password, .hardwareKey], "beside what was shown before")
        try promise(session.authenticatedAt > opened.authenticatedAt, "and is of now")
        let now = try await passkeys.passkey(kept.id, of: user.id)
        try promise(now?.passkey.signatureCount == 8 && now?.passkey.isBackedUp == true, "its count is kept")
        try promise(now?.lastUsedAt != nil, "with the time")
        let second = try await added(to: user)
        try promise(await passkeys.show(second, in: own.id, after: use(0)), "another one is shown as well")
        _ = try await passkeys.remove(second.id, voiding: [], by: .sample(user.id))
        try promise(await sessions.grant(own.id) != nil, "it does not take along what the first has shown")
        _ = try await passkeys.remove(kept.id, voiding: [], by: .sample(user.id, in: own.id))
        try promise(await sessions.grant(own.id)?.session.methods == [.password], "that counts no more without it")
        _ = try await sessions.end(own.id, of: user.id)
        let late = try await added(to: user)
        try promise(await !passkeys.show(late, in: own.id, after: use(1)), "nor is one shown in what has ended")
        try promise(await passkeys.passkey(late.id, of: user.id) == late, "which is no use of it either")
    }

    public func opensTheAccountThatWasSeen() async throws {
        let (user, other) = (try await account(), try await account())
        let kept = try await added(to: user)
        let theirs = SessionOpening.sample(of: other.id, methods: [.hardwareKey], passkey: kept.id)
        try promise(await !passkeys.open(theirs, with: kept, after: use(0)), "it opens no other account")
        _ = try await users.changePassword(
            of: user.id, from: hash, to: PasswordHash(phc: "$2"), keeping: SessionID(UUID()))
        let late = opening(user, kept)
        try promise(await !passkeys.open(late, with: kept, after: use(0)), "nor one that has changed since")
        try promise(await sessions.grant(late.id) == nil, "not even half")
        try promise(await passkeys.passkey(kept.id, of: user.id) == kept, "and is not used")
        let device = ToySecrets().first()
        let now = SessionOpening.sample(
            of: user.id, checked: PasswordHash(phc: "$2"), mark: device, methods: [.hardwareKey], passkey: kept.id)
        try promise(await passkeys.open(now, with: kept, after: use(0)), "it does when it is seen as it is")
        try promise(
            await passkeys.holder(of: kept.passkey.id, device: device)?.account.isDeviceKnown == true,
            "on a device that is known then")
    }

    /// `told`: kinds, sessions and devices of what the owner was told, the oldest first.
    public func tellsFromWhereAPasskeyChanged(
        told: (UserID) async throws -> [(SecurityEvent.Kind, SessionID?, Device)]
    ) async throws {
        let user = try await account()
        let owner = ActingOwner.sample(user.id, in: SessionID(UUID()))
        let kept = try await passkeys.add(passkey(of: user), by: owner)
        _ = try await passkeys.remove(kept.id, voiding: [], by: owner)
        let told = try await told(user.id)
        try promise(told.map(\.0) == [.passkeyAdded, .passkeyRemoved], "both are told, \(told)")
        try promise(told.allSatisfy { $0.1 == owner.session && $0.2 == owner.device }, "with session and device")
    }

    public func takesAPasskeyAway() async throws {
        let (user, other) = (try await account(), try await account())
        let (kept, second) = (try await added(to: user), try await added(to: user))
        let openings = [opening(user, kept), opening(user, kept), opening(user, second)]
        for (opening, passkey) in zip(openings, [kept, kept, second]) {
            try promise(await passkeys.open(opening, with: passkey, after: use(0)), "sessions are opened")
        }
        func remove(_ id: PasskeyID, of user: User, voiding roles: Set<Role> = []) async throws -> Bool {
            try await passkeys.remove(id, voiding: roles, by: .sample(user.id, in: openings[1].id))
        }
        try promise(await !remove(kept.id, of: other), "nobody takes away another's")
        try promise(await remove(kept.id, of: user, voiding: [.admin]), "the owner does")
        try promise(await !remove(kept.id, of: user), "once")
        try promise(await passkeys.holder(of: kept.passkey.id, device: nil) == nil, "it leads nowhere")
        try promise(await sessions.grant(openings[0].id) == nil, "what it opened ends")
        let left = try await sessions.grant(openings[1].id)?.session.methods
        try promise(left == [], "and has shown nothing where it is kept")
        try promise(await sessions.grant(openings[2].id)?.session.methods == [.hardwareKey], "others go on")
        try promise(await users.user(user.id)?.epoch == user.epoch, "tokens of no such role stay")
        try promise(await remove(second.id, of: user, voiding: [.user]), "where it is one")
        try promise(await users.user(user.id)?.epoch == user.epoch + 1, "they are void")
        let again = opening(user, kept)
        try promise(await !passkeys.open(again, with: kept, after: use(0)), "and it opens nothing")
        try promise(await sessions.open(.sample(of: user.id, epoch: user.epoch + 1)), "the password does")
    }
}
