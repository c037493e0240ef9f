public import DomainKit
import Foundation
public import UserDomain

/// What every store promises of mails and the tokens in them.
public struct EmailProofsContract: Sendable {
    let users: any UserStore & SessionStore & EmailProofs
    let posted: @Sendable (UserID) async throws -> [MailKind]
    let pass: @Sendable (_ seconds: Int) async throws -> Void
    let hash = PasswordHash(phc: "$1")
    let other = PasswordHash(phc: "$2")
    let tokens = ToyMailTokens()

    /// - Parameters:
    ///   - posted: what was posted to an account, the oldest first.
    ///   - pass: lets so much time pass for turns and tokens.
    public init(
        _ store: some UserStore & SessionStore & EmailProofs,
        posted: @escaping @Sendable (UserID) async throws -> [MailKind],
        pass: @escaping @Sendable (_ seconds: Int) async throws -> Void
    ) {
        users = store
        self.posted = posted
        self.pass = pass
    }

    private func mail(_ kind: MailKind, _ user: User) throws -> AskedMail {
        try AskedMail(kind, to: user.email, id: UUID(), tokens: tokens)
    }

    private func ask(_ kind: MailKind, _ user: User) async throws -> Data {
        let mail = try mail(kind, user)
        try await users.post(mail, to: user.email)
        return mail.token?.digest ?? Data()
    }

    private func author(_ user: User) -> AuditAuthor { AuditAuthor(account: user.id, requestID: nil) }

    public func postsWithANewAccount() async throws {
        let user = try User.sample()
        let mail = try mail(.verifyEmail, user)
        for _ in 0..<2 { _ = try await users.insert(user, hash: hash, mail: mail) }
        try promise(await posted(user.id) == [.verifyEmail], "a new account gets its mail, a repeat gets none")
        let digest = mail.token?.digest ?? Data()
        try promise(await users.holder(of: digest, for: .verifyEmail) == user, "and its token is known")
        var second = try User.sample()
        second.email = user.email
        let late = try self.mail(.verifyEmail, second)
        try await promise("user.email-taken", "a second account is refused") {
            _ = try await users.insert(second, hash: hash, mail: late)
        }
        try promise(await posted(user.id) == [.verifyEmail], "and nobody gets a mail of it")
        try promise(await users.holder(of: digest, for: .verifyEmail) == user, "nor another token")
    }

    public func postsOneOfAKindAMinute() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let first = try await ask(.resetPassword, user)
        let hasty = try await ask(.resetPassword, user)
        try promise(await posted(user.id) == [.resetPassword], "one of a kind a minute")
        try promise(await users.holder(of: first, for: .resetPassword) != nil, "the token in it is good")
        try promise(await users.holder(of: hasty, for: .resetPassword) == nil, "the one that was not sent is not")
        _ = try await ask(.verifyEmail, user)
        try promise(await posted(user.id) == [.resetPassword, .verifyEmail], "another kind has turns of its own")
        try await pass(61)
        let second = try await ask(.resetPassword, user)
        try promise(await posted(user.id).count == 3, "a minute later it goes out again")
        try promise(await users.holder(of: first, for: .resetPassword) == nil, "and voids the former token")
        try promise(await users.holder(of: second, for: .resetPassword) != nil, "for its own")
    }

    public func postsNothingToStrangersAndToTheVerified() async throws {
        let stranger = try User.sample()
        for kind in [MailKind.verifyEmail, .resetPassword, .accountExists] {
            let digest = try await ask(kind, stranger)
            try promise(await users.holder(of: digest, for: .verifyEmail) == nil, "nobody's token is nobody's")
        }
        var verified = try User.sample()
        verified.isEmailVerified = true
        _ = try await users.insert(verified, hash: hash)
        _ = try await ask(.verifyEmail, verified)
        try promise(await posted(verified.id) == [], "a verified address is not asked again")
    }

    public func verifiesOnce() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let another = try await users.insert(.sample(), hash: hash)
        let (token, theirs) = (try await ask(.verifyEmail, user), try await ask(.verifyEmail, another))
        try promise(await !users.verifyEmail(theirs, of: user.id, by: author(user)), "another's token proves nothing")
        try promise(
            await !users.resetPassword(token, of: user.id, to: other, by: author(user)), "nor one of another purpose")
        try promise(await users.user(user.id) == user, "and nothing changes")
        try promise(await users.verifyEmail(token, of: user.id, by: author(user)), "its own does")
        let verified = try await users.user(user.id)
        try promise(verified?.isEmailVerified == true && verified?.version == 2, "and the account says so")
        try promise(await !users.verifyEmail(token, of: user.id, by: author(user)), "once")
        try await pass(86_401)
        try promise(await users.holder(of: theirs, for: .verifyEmail) == nil, "a day later it is too old")
        try promise(await !users.verifyEmail(theirs, of: another.id, by: author(another)), "and proves nothing")
    }

    public func resetsAPasswordOnce() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let session = SessionOpening.sample(of: user.id)
        _ = try await users.open(session)
        let token = try await ask(.resetPassword, user)
        try promise(await users.resetPassword(token, of: user.id, to: other, by: author(user)), "the token sets it")
        let changed = try await users.credentials(of: user.id)
        try promise(changed?.hash == other && changed?.user.epoch == 1, "tokens are void")
        try promise(changed?.user.isEmailVerified == true, "the address is verified, as the token came that way")
        try promise(await users.grant(session.id) == nil, "and sessions end")
        try promise(await posted(user.id) == [.resetPassword, .notice(.passwordReset)], "the owner is told")
        try promise(await !users.resetPassword(token, of: user.id, to: hash, by: author(user)), "once")
        try promise(await users.credentials(of: user.id)?.hash == other, "and changes nothing then")
    }

    public func letsOneOfTwoResetsWin() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let token = try await ask(.resetPassword, user)
        async let one = users.resetPassword(token, of: user.id, to: hash, by: author(user))
        async let two = users.resetPassword(token, of: user.id, to: other, by: author(user))
        let results = try await [one, two]
        try promise(results.count(where: \.self) == 1, "one of two resets wins")
        try promise(
            await users.credentials(of: user.id)?.hash == (results[0] ? hash : other),
            "and it is the one that was told so")
    }

    public func voidsAResetByAChange() async throws {
        let user = try await users.insert(.sample(), hash: hash)
        let token = try await ask(.resetPassword, user)
        _ = try await users.changePassword(of: user.id, from: hash, to: other, keeping: SessionID(UUID()))
        try promise(await users.holder(of: token, for: .resetPassword) == nil, "a change voids it")
        try promise(await !users.resetPassword(token, of: user.id, to: hash, by: author(user)), "for good")
        try promise(await posted(user.id).contains(.notice(.passwordChanged)), "and the owner is told of the change")
    }
}
