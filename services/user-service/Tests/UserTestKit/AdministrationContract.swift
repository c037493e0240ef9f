import DomainKit
import Foundation
public import UserDomain

/// What every `AdministrationStore` promises; each method on a store without accounts.
public struct AdministrationContract: Sendable {
    let store: any AdministrationStore
    let users: any UserStore
    let sessions: any SessionStore
    private let hash = PasswordHash(phc: "$1")

    /// - Parameter accounts: over the same content as `store`.
    public init(_ store: any AdministrationStore, accounts: some UserStore & SessionStore) {
        self.store = store
        users = accounts
        sessions = accounts
    }

    func account(
        _ name: String? = nil, email: String? = nil, roles: Set<Role> = [.user]
    ) async throws -> User {
        var user = try User.sample()
        if let name { user.displayName = try DisplayName(name) }
        if let email { user.email = try EmailAddress(email) }
        user.roles = roles
        return try await users.insert(user, hash: hash)
    }

    func admin() async throws -> (user: User, acting: ActingAdmin) {
        let user = try await account(roles: [.user, .admin])
        return (user, acting(user))
    }

    func acting(_ user: User, session: SessionID? = nil) -> ActingAdmin {
        ActingAdmin(id: user.id, session: session, epoch: user.epoch, requestID: "request-1")
    }

    /// A moment after the beginning of all tests, in the form every store keeps as it is.
    static let later = Date(timeIntervalSince1970: 4_000_000_000)

    // MARK: Reading

    public func showsAnAccountWhole() async throws {
        let user = try await account()
        _ = try await sessions.open(.sample(of: user.id))
        let shown = try await store.account(user.id)
        try promise(shown?.user == user, "an account is shown as it is")
        try promise(shown?.sessionCount == 1, "with the number of its sessions")
        try promise(await store.account(UserID(UUID())) == nil, "one that is not there is not")
    }

    private func names(_ text: String) async throws -> [String] {
        try await store.accounts(UserSearch(text), page: PageRequest()).items.map(\.user.displayName.description)
    }

    public func findsByHowAddressesAndNamesBegin() async throws {
        _ = try await account("山田 花子", email: "yamada@example.com")
        _ = try await account("山本 ハナ", email: "hana.yama@example.com")
        _ = try await account("Ｓｔｒａßｅ", email: "s1@例え.jp")
        _ = try await account("ΣΟΦΟΣ", email: "s2@example.com")
        _ = try await account("100% _", email: "per_cent@example.com")
        for (text, expected) in [
            ("山", ["山本 ハナ", "山田 花子"]), ("山田", ["山田 花子"]), ("田", []), ("YAMA", ["山田 花子"]),
            ("hana.", ["山本 ハナ"]), ("山本 ﾊﾅ", ["山本 ハナ"]), ("STRASSE", ["Ｓｔｒａßｅ"]), ("straß", ["Ｓｔｒａßｅ"]),
            ("s1@xn--r8jz45g.jp", ["Ｓｔｒａßｅ"]), ("σοφος", ["ΣΟΦΟΣ"]), ("σοφοσ", ["ΣΟΦΟΣ"]), ("%", []), ("_", []),
            ("100%", ["100% _"]), ("per_", ["100% _"]), ("\\", []), ("\u{10FFFF}", []),
            (String(repeating: "山", count: 200), []),
        ] {
            let found = try await names(text)
            try promise(found == expected, "\(text) finds \(expected), not \(found)")
        }
        try promise(await names("").count == 5, "nothing finds everybody")
    }

    public func findsNobodyTwice() async throws {
        _ = try await account("hanako", email: "hanako@example.com")
        _ = try await account("hana", email: "z@example.com")
        try promise(await names("hana") == ["hana", "hanako"], "whose address and name begin so is found once")
    }

    public func findsWhatIsLongerThanItsKey() async throws {
        let beginning = String(repeating: "長", count: UserSearchCursor.keyLength)
        _ = try await account(beginning + "い", email: "a@example.com")
        _ = try await account(beginning + "く", email: "b@example.com")
        try promise(await names(beginning).count == 2, "what begins alike is found")
        try promise(await names(beginning + "く") == [beginning + "く"], "and told apart")
    }

    public func pagesThroughWhatIsFound() async throws {
        for index in 0..<7 {
            let name = index.isMultiple(of: 2) ? "same" : "same \(index)"
            _ = try await account(name, email: index < 3 ? "same\(index)@example.com" : "z\(index)@example.com")
        }
        for text in ["same", ""] {
            var seen: [UserID] = []
            var page = PageRequest(limit: 2)
            repeat {
                let found = try await store.accounts(UserSearch(text), page: page)
                try promise(found.items.count <= 2, "a page has no more than was asked for")
                seen += found.items.map(\.user.id)
                page.after = found.next
                // What a page ended with may go before the next one is asked for.
                if let last = found.items.last, seen.count == 4 {
                    _ = try await users.erase(last.user.id, ifVersion: last.user.version)
                }
            } while page.after != nil
            try promise(Set(seen).count == seen.count, "nobody comes twice")
            try promise(seen.count == (text.isEmpty ? 6 : 7), "and all do: \(seen.count) for \(text)")
        }
        try await promise("platform.invalid-input", "a cursor of another list is refused") {
            _ = try await store.accounts(UserSearch("x"), page: PageRequest(after: Cursor(["1"])))
        }
    }

    // MARK: Changing

    public func changesTheVersionItWasToldOf() async throws {
        let (_, admin) = try await admin()
        let user = try await account()
        let ruling = Ruling.profile(displayName: try DisplayName("次郎"), isEmailVerified: true)
        let changed = try await store.make(ruling, on: user.id, ifVersion: 1, by: admin).user
        try promise(changed.displayName.description == "次郎" && changed.isEmailVerified, "is changed")
        try promise(changed.version == 2 && changed.epoch == 0, "to the next version, which voids no token")
        try promise(await store.account(user.id)?.user == changed, "and read back")
        try await promise("platform.precondition-failed", "a former version is not") {
            _ = try await store.make(.liftBan, on: user.id, ifVersion: 1, by: admin)
        }
        try await promise("user.not-found", "nor is an account that is not there") {
            _ = try await store.make(ruling, on: UserID(UUID()), ifVersion: 1, by: admin)
        }
        let again = try await store.make(ruling, on: user.id, ifVersion: 2, by: admin)
        try promise(again.user == changed, "what is so already is not done again")
        try promise(await trail().count == 1, "and leaves no trace")
    }

    public func setsRoles() async throws {
        let (_, admin) = try await admin()
        let user = try await account()
        let changed = try await store.make(.roles([.user, .creator]), on: user.id, ifVersion: 1, by: admin).user
        try promise(changed.roles == [.user, .creator] && changed.version == 2, "the roles are set")
        try promise(changed.epoch == 1, "and tokens that tell of others are void")
        try promise(await store.account(user.id)?.user == changed, "and read back")
    }

    public func bansAndLifts() async throws {
        let (_, admin) = try await admin()
        let user = try await account()
        _ = try await sessions.open(.sample(of: user.id))
        let ruling = Ruling.ban(try BanReason("spam"), until: Self.later)
        let banned = try await store.make(ruling, on: user.id, ifVersion: 1, by: admin).user
        try promise(banned.ban?.reason == "spam" && banned.ban?.until == Self.later, "the ban is there")
        try promise(banned.ban?.by == admin.id && banned.epoch == 1 && banned.version == 2, "with who said so")
        let shown = try await store.account(user.id)
        try promise(shown?.user.ban == banned.ban && shown?.sessionCount == 1, "it is shown, and sessions stay")
        let forever = Ruling.ban(try BanReason("worse"), until: nil)
        let longer = try await store.make(forever, on: user.id, ifVersion: 2, by: admin).user
        try promise(longer.ban?.until == nil && longer.ban?.reason == "worse" && longer.epoch == 2, "it can be changed")
        let lifted = try await store.make(.liftBan, on: user.id, ifVersion: 3, by: admin).user
        try promise(lifted.ban == nil && lifted.epoch == 3 && lifted.version == 4, "and lifted")
        try promise(await store.account(user.id)?.user == lifted, "and read back")
        let again = try await store.make(.liftBan, on: user.id, ifVersion: 4, by: admin).user
        try promise(again == lifted, "where there is none nothing happens")
        let past = Ruling.ban(try BanReason("late"), until: Date(timeIntervalSince1970: 1_000_000_000))
        try await promise("platform.invalid-input", "one that is over already is refused") {
            _ = try await store.make(past, on: user.id, ifVersion: 4, by: admin)
        }
    }

    public func setsAMembership() async throws {
        let (_, admin) = try await admin()
        let user = try await account()
        func member(_ tier: String, from: Date, until: Date?, ifVersion version: Int) async throws -> User {
            let membership = try Membership.checked(tier: tier, validFrom: from, validUntil: until, source: "gift")
            return try await store.make(.membership(membership), on: user.id, ifVersion: version, by: admin).user
        }
        let past = Date(timeIntervalSince1970: 1_000_000_000)
        let present = try await member("member", from: past, until: Self.later, ifVersion: 1)
        try promise(present.tier == "member" && present.epoch == 1 && present.version == 2, "it counts at once")
        try promise(await store.account(user.id)?.user == present, "and is read back")
        let same = try await member("member", from: past, until: Self.later, ifVersion: 2)
        try promise(same == present, "the same one changes nothing")
        let future = try await member("member", from: Self.later, until: nil, ifVersion: 2)
        try promise(future.tier == "free" && future.membership?.from == Self.later, "or when its time has come")
        try promise(await store.account(user.id)?.user == future, "and is read back")
        let none = try await member("free", from: past, until: nil, ifVersion: 3)
        try promise(none.tier == "free" && none.membership == nil, "and it can be taken away")
        try promise(await store.account(user.id)?.user == none, "and is read back")
    }

    // MARK: Who may

    public func asksWhoActs() async throws {
        let (first, admin) = try await admin()
        let (second, other) = try await self.admin()
        let user = try await account()
        let (open, ended) = (SessionOpening.sample(of: second.id), SessionOpening.sample(of: second.id))
        for opening in [open, ended] { _ = try await sessions.open(opening) }
        _ = try await sessions.end(ended.id, of: second.id)
        let ruling = Ruling.profile(displayName: nil, isEmailVerified: true)
        func refused(_ code: String, _ text: String, _ acting: ActingAdmin) async throws {
            try await promise(code, text) {
                _ = try await store.make(ruling, on: user.id, ifVersion: 1, by: acting)
            }
        }
        try await refused("user.not-an-admin", "who never was one is refused", acting(user))
        try await refused("user.not-an-admin", "and who is not there", acting(try .sample()))
        try await refused("platform.unauthenticated", "and a session that has ended", acting(second, session: ended.id))
        try await refused("platform.unauthenticated", "and another's session", acting(first, session: open.id))
        let banned = try await store.make(.ban(BanReason("x"), until: nil), on: second.id, ifVersion: 1, by: admin).user
        try await refused("user.not-an-admin", "and who is banned", acting(banned, session: open.id))
        let back = try await store.make(.liftBan, on: second.id, ifVersion: 2, by: admin).user
        try await refused("platform.unauthenticated", "and a token from before", other)
        let demoted = try await store.make(.roles([.user]), on: second.id, ifVersion: back.version, by: admin).user
        try await refused("user.not-an-admin", "and who was demoted a moment ago", acting(back, session: open.id))
        try await refused("user.not-an-admin", "with a new token as well", acting(demoted, session: open.id))
        try promise(await store.account(user.id)?.user == user, "and nothing has changed")
        _ = try await store.make(ruling, on: user.id, ifVersion: 1, by: admin)
    }

    /// Where admins count with two factors alone.
    public func asksWhatWasShown() async throws {
        let (root, target) = (try await account(roles: [.user, .admin]), try await account())
        let rules = StepUpRules(rolesOfTwoFactors: [.admin], freshFor: .seconds(600))
        let (one, two) = (
            SessionOpening.sample(of: root.id), SessionOpening.sample(of: root.id, methods: [.password, .oneTimeCode])
        )
        for opening in [one, two] { _ = try await sessions.open(opening) }
        func acting(_ session: SessionID?, at time: Date? = Date.distantFuture, rules: StepUpRules = rules)
            -> ActingAdmin
        {
            ActingAdmin(
                id: root.id, session: session, epoch: root.epoch, authenticatedAt: time, requestID: "r", rules: rules)
        }
        let told = try Ruling.profile(displayName: DisplayName("次郎"), isEmailVerified: nil)
        func refusal(_ ruling: Ruling, _ admin: ActingAdmin) async throws -> String? {
            do {
                let version = try await store.account(target.id)?.user.version ?? 0
                _ = try await store.make(ruling, on: target.id, ifVersion: version, by: admin)
                return nil
            } catch let failure as Failure { return failure.code }
        }
        let withheld = "user.second-factor-required"
        for session in [one.id, nil] {
            try promise(await refusal(told, acting(session)) == withheld, "one factor is not enough")
        }
        let ban = Ruling.ban(try BanReason("x"), until: nil)
        let stale = [
            acting(two.id, at: nil), acting(two.id, at: .distantPast),
            acting(two.id, rules: StepUpRules(rolesOfTwoFactors: [.admin], freshFor: .zero)),
        ]
        for ruling in [ban, .liftBan, .roles([.user, .admin])] {
            for admin in stale {
                try promise(await refusal(ruling, admin) == "user.step-up-required", "\(ruling) asks for fresh ones")
            }
        }
        try promise(await store.account(target.id)?.user == target, "none of it was made")
        try promise(await refusal(told, stale[0]) == nil, "a name does not")
        for ruling in [ban, .liftBan, .roles([.user, .creator])] {
            try promise(await refusal(ruling, acting(two.id)) == nil, "\(ruling) is made with fresh ones")
        }
        let others = StepUpRules(rolesOfTwoFactors: [.moderator], freshFor: .zero)
        let free = try await refusal(ban, acting(one.id, at: nil, rules: others))
        try promise(free == nil, "other roles' rules are not theirs")
    }

    public func keepsTheLastAdmin() async throws {
        let (first, admin) = try await admin()
        let (second, other) = try await self.admin()
        let banned = try await store.make(.ban(BanReason("x"), until: nil), on: second.id, ifVersion: 1, by: admin).user
        try await promise("user.last-admin", "the last one who is not banned keeps the role") {
            _ = try await store.make(.roles([.user]), on: first.id, ifVersion: 1, by: admin)
        }
        try await promise("user.last-admin", "is not banned") {
            _ = try await store.make(.ban(BanReason("x"), until: nil), on: first.id, ifVersion: 1, by: admin)
        }
        try await promise("user.last-admin", "and not erased") { _ = try await users.erase(first.id, ifVersion: 1) }
        try promise(await store.account(first.id)?.user == first, "and is as before")
        try promise(await trail().count == 1, "without a trace")
        let back = try await store.make(.liftBan, on: second.id, ifVersion: banned.version, by: admin).user
        _ = try await store.make(.roles([.user]), on: first.id, ifVersion: 1, by: admin)
        try await promise("user.last-admin", "nor is the one who is the last then") {
            _ = try await users.erase(back.id, ifVersion: back.version)
        }
        try promise(other.id == back.id, "who was the second")
    }
}
