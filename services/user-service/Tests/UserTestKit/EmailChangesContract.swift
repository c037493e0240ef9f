public import DomainKit
import Foundation
public import UserDomain

/// What every store promises of changes of address.
public struct EmailChangesContract: Sendable {
    public typealias Store = UserStore & SessionStore & EmailProofs & EmailChanges & SecurityEvents

    let store: any Store
    let posted: @Sendable (UserID) async throws -> [MailKind]
    let pass: @Sendable (_ seconds: Int) async throws -> Void
    let hash = PasswordHash(phc: "$1")
    let tokens = ToyMailTokens()
    let device = Device(userAgent: "curl/7", address: "192.0.2.7")

    /// - Parameters:
    ///   - posted: what was posted for an account, the oldest first.
    ///   - pass: lets so much time pass for turns, tokens and changes.
    public init(
        _ store: some Store, posted: @escaping @Sendable (UserID) async throws -> [MailKind],
        pass: @escaping @Sendable (_ seconds: Int) async throws -> Void
    ) {
        self.store = store
        self.posted = posted
        self.pass = pass
    }

    private func newAddress() throws -> EmailAddress { try EmailAddress("\(UUID().lowercased)@example.net") }

    private func asked(_ user: User, for email: EmailAddress) async throws -> EmailChange {
        let change = try EmailChange(from: user.email, to: email, ids: SystemIDSource(), tokens: tokens)
        try promise(await store.ask(for: change, of: user, knowing: hash) == .made, "a change is asked for")
        return change
    }

    /// Nil when the token confirms nothing.
    private func confirm(_ mail: AskedMail, as purpose: MailToken.Purpose? = nil) async throws -> EmailChange.State? {
        guard let token = mail.token else { return nil }
        let purpose = purpose ?? token.purpose
        guard let change = try await store.pendingChange(token.digest, for: purpose) else { return nil }
        return try await store.confirm(
            change, by: token.digest, for: purpose,
            author: AuditAuthor(account: change.user.id, requestID: nil), on: device)
    }

    public func changesOnceBothAreSure() async throws {
        for isNewFirst in [true, false] {
            let user = try await store.insert(.sample(), hash: hash)
            let address = try newAddress()
            let change = try await asked(user, for: address)
            let (first, second) = isNewFirst ? (change.new, change.former) : (change.former, change.new)
            try promise(await confirm(first) == .waiting, "one of them is not enough")
            try promise(await confirm(first) == nil, "nor the same one once more")
            try promise(await store.user(user.id) == user, "and nothing changes")
            try promise(await confirm(second) == .changed, "both are")
            let changed = try await store.user(user.id)
            try promise(changed?.email == address && changed?.version == 2, "and the account has the address")
            try promise(changed?.isEmailVerified == true, "which is verified")
            try promise(
                await posted(user.id).sorted { $0.name < $1.name }
                    == [.confirmFormerEmail, .confirmNewEmail, .notice(.emailChanged)], "its owner is told")
            let events = try await store.securityEvents(of: user.id, page: PageRequest()).items
            try promise(events.map(\.kind) == [.emailChanged] && events.first?.device == device, "in the list too")
            for mail in [first, second] { try promise(await confirm(mail) == nil, "the tokens are spent") }
        }
    }

    /// Whose the new address is by now, the reader of the former one is not told.
    public func tellsTheFormerReaderNothing() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let address = try newAddress()
        let change = try await asked(user, for: address)
        var taker = try User.sample()
        taker.email = address
        _ = try await store.insert(taker, hash: hash)
        try promise(await confirm(change.former) == .waiting, "taken or not, it is the same to them")
    }

    public func bindsATokenToItsAddress() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let change = try await asked(user, for: newAddress())
        try promise(await confirm(change.new, as: .confirmFormerEmail) == nil, "a token confirms one address")
        try promise(await confirm(change.former, as: .confirmNewEmail) == nil, "and not the other one")
        let digest = change.new.token?.digest ?? Data()
        try promise(await store.holder(of: digest, for: .verifyEmail) == nil, "and is good for nothing else")
        try promise(await store.holder(of: digest, for: .resetPassword) == nil, "least of all a password")
        let another = try await store.insert(.sample(), hash: hash)
        let pending = PendingEmailChange(user: another, email: change.email)
        try promise(
            await store.confirm(
                pending, by: digest, for: .confirmNewEmail, author: AuditAuthor(account: another.id, requestID: nil),
                on: device) == nil, "nor for another account")
        try promise(await confirm(change.new) == .waiting, "it is as good as before")
    }

    public func voidsAFormerChange() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let first = try await asked(user, for: newAddress())
        try promise(await confirm(first.new) == .waiting, "the first one is on its way")
        let hasty = try EmailChange(from: user.email, to: newAddress(), ids: SystemIDSource(), tokens: tokens)
        try promise(await store.ask(for: hasty, of: user, knowing: hash) == .tooSoon, "another one comes too soon")
        try promise(await confirm(hasty.former) == nil, "and is none")
        try await pass(61)
        let second = try await asked(user, for: newAddress())
        try promise(await confirm(first.former) == nil, "a minute later it voids the first one")
        try promise(await confirm(second.former) == .waiting, "whose confirmation does not count for it")
        let wrong = try EmailChange(from: user.email, to: newAddress(), ids: SystemIDSource(), tokens: tokens)
        try await pass(61)
        try promise(
            await store.ask(for: wrong, of: user, knowing: PasswordHash(phc: "$9")) == .stale,
            "another password asks not")
        var moved = user
        moved.email = try newAddress()
        try promise(await store.ask(for: wrong, of: moved, knowing: hash) == .stale, "nor does another address")
        try promise(await confirm(second.new) == .changed, "and voids nothing")
    }

    /// The second time it is somebody's, and no new token comes in the place of the first one's.
    public func voidsATokenOfAnAddressTakenMeanwhile() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let address = try newAddress()
        let first = try await asked(user, for: address)
        var taker = try User.sample()
        taker.email = address
        _ = try await store.insert(taker, hash: hash)
        try await pass(61)
        _ = try await asked(user, for: address)
        try promise(await confirm(first.new) == nil, "the token of the former mail is none")
    }

    public func endsWithAPasswordOrInTime() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let change = try await asked(user, for: newAddress())
        _ = try await store.changePassword(
            of: user.id, from: hash, to: hash, keeping: SessionID(UUID()))
        for mail in [change.former, change.new] { try promise(await confirm(mail) == nil, "a new password voids it") }
        try await pass(61)
        let late = try await asked(user, for: newAddress())
        try promise(await confirm(late.new) == .waiting, "one more")
        try await pass(86_401)
        try promise(await confirm(late.former) == nil, "after a day it is over")
        try promise(await store.user(user.id)?.email == user.email, "and nothing changed")
    }

    public func tellsNobodyWhoseAnAddressIs() async throws {
        let user = try await store.insert(.sample(), hash: hash)
        let owner = try await store.insert(.sample(), hash: hash)
        let change = try await asked(user, for: owner.email)
        try promise(await posted(owner.id) == [.accountExists], "the owner is told")
        try promise(await posted(user.id) == [.confirmFormerEmail], "and gets no token of somebody else's")
        try promise(await confirm(change.former) == .waiting, "for whoever asked it looks the same")
        try promise(await confirm(change.new) == nil, "the token that was not sent is none")
        let free = try newAddress()
        try await pass(61)
        let second = try await asked(user, for: free)
        try promise(await confirm(second.former) == .waiting, "a free one")
        var taker = try User.sample()
        taker.email = free
        _ = try await store.insert(taker, hash: hash)
        try await promise("user.email-taken", "that is taken meanwhile is refused") {
            _ = try await confirm(second.new)
        }
        try promise(await store.user(user.id)?.email == user.email, "and nothing changes")
    }

    /// Whatever was confirmed of a change that another one took the place of counts for that no more.
    public func forgetsWhatWasConfirmedBefore() async throws {
        for isNewFirst in [true, false] {
            let user = try await store.insert(.sample(), hash: hash)
            let first = try await asked(user, for: newAddress())
            try promise(await confirm(isNewFirst ? first.new : first.former) == .waiting, "half of the first one")
            try await pass(61)
            let second = try await asked(user, for: newAddress())
            let half = isNewFirst ? second.former : second.new
            try promise(await confirm(half) == .waiting, "and the other half of the second one are no whole")
            try promise(await store.user(user.id) == user, "nothing changes")
            let other = isNewFirst ? second.new : second.former
            try promise(await confirm(other) == .changed, "with its own half it is one")
        }
    }

    /// Somebody else has it by the time when its second reader says yes, in whatever form an older version stored it.
    public func refusesAnAddressTakenInBetween() async throws {
        for (isNewFirst, host) in [
            (true, "b\u{FC}cher.example"), (true, "xn--bcher-kva.example"), (false, "xn--bcher-kva.example"),
        ] {
            let user = try await store.insert(.sample(), hash: hash)
            let name = UUID().lowercased
            let change = try await asked(user, for: EmailAddress("\(name)@b\u{FC}cher.example"))
            let (first, second) = isNewFirst ? (change.new, change.former) : (change.former, change.new)
            try promise(await confirm(first) == .waiting, "one is confirmed while it is free")
            var taker = try User.sample()
            taker.email = EmailAddress(stored: "\(name)@\(host)")
            _ = try await store.insert(taker, hash: hash)
            try await promise("user.email-taken", "somebody has it by now") { _ = try await confirm(second) }
            try promise(await store.user(user.id) == user, "and nothing changes")
            try promise(await store.user(taker.id)?.email == taker.email, "for neither")
            try promise(await !posted(user.id).contains(.notice(.emailChanged)), "nor is anything told")
            _ = try await store.erase(taker.id, ifVersion: 1, by: AuditAuthor(account: taker.id, requestID: nil))
            try promise(await confirm(second) == .changed, "the token is as good as before")
        }
    }
}
