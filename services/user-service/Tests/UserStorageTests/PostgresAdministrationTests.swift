import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct PostgresAdministrationTests {
    private func contract(_ body: (AdministrationContract) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await body(
                AdministrationContract(
                    PostgresAdministration(database: database), accounts: PostgresAccounts(database: database)))
        }
    }

    @Test func `shows an account whole`() async throws { try await contract { try await $0.showsAnAccountWhole() } }
    @Test func `finds by how addresses and names begin`() async throws {
        try await contract { try await $0.findsByHowAddressesAndNamesBegin() }
    }
    @Test func `finds nobody twice`() async throws { try await contract { try await $0.findsNobodyTwice() } }
    @Test func `finds what is longer than its key`() async throws {
        try await contract { try await $0.findsWhatIsLongerThanItsKey() }
    }
    @Test func `pages through what is found`() async throws {
        try await contract { try await $0.pagesThroughWhatIsFound() }
    }
    @Test func `changes the version it was told of`() async throws {
        try await contract { try await $0.changesTheVersionItWasToldOf() }
    }
    @Test func `sets roles`() async throws { try await contract { try await $0.setsRoles() } }
    @Test func `bans and lifts`() async throws { try await contract { try await $0.bansAndLifts() } }
    @Test func `sets a membership`() async throws { try await contract { try await $0.setsAMembership() } }
    @Test func `asks who acts`() async throws { try await contract { try await $0.asksWhoActs() } }
    @Test func `asks what was shown`() async throws { try await contract { try await $0.asksWhatWasShown() } }
    @Test func `keeps the last admin`() async throws { try await contract { try await $0.keepsTheLastAdmin() } }
    @Test func `tells what was done`() async throws { try await contract { try await $0.tellsWhatWasDone() } }
    @Test func `tells whom the operator appointed`() async throws {
        try await contract { try await $0.tellsWhomTheOperatorAppointed() }
    }
    @Test func `tells what people do to themselves`() async throws {
        try await contract { try await $0.tellsWhatPeopleDoToThemselves() }
    }
    @Test func `finds lines and pages through them`() async throws {
        try await contract { try await $0.findsLinesAndPagesThroughThem() }
    }

    @Test func `of two admins who rule at the same time on two replicas, one stays an admin`() async throws {
        try await replicas { one, other in
            try await AdministrationRaces(
                PostgresAdministration(database: one), PostgresAdministration(database: other),
                users: PostgresAccounts(database: one)
            ).all()
        }
    }

    /// A change of the admin's session, and what becomes of a ruling that waits for it.
    private static let changes: [(sql: SQL, refusal: String)] = [
        ("UPDATE sessions SET amr = '{pwd}'", "user.second-factor-required"),
        ("UPDATE sessions SET authenticated_at = now() - interval '1 hour'", "user.step-up-required"),
        ("DELETE FROM sessions", "platform.unauthenticated"),
    ]

    @Test(arguments: changes.indices)
    func `a ruling that waits for a change of the admin's session finds it made`(index: Int) async throws {
        let change = Self.changes[index]
        try await replicas { one, other in
            let house = try await House(one)
            let store = PostgresAdministration(database: other)
            let opening = SessionOpening.sample(of: house.admin.id, methods: [.softwareKey])
            #expect(try await PostgresAccounts(database: one).open(opening))
            let admin = ActingAdmin(
                id: house.admin.id, session: opening.id, epoch: 0, authenticatedAt: Date(), requestID: "r",
                rules: StepUpRules(rolesOfTwoFactors: [.admin]))
            let ban = Ruling.ban(try BanReason("x"), until: nil)
            let ruling = try await one.transaction { transaction in
                try await transaction.execute(
                    "UPDATE users SET updated_at = now() WHERE id = \(house.admin.id.uuid)")
                let waiting = try await second(in: one) {
                    try await store.make(ban, on: house.user.id, ifVersion: 1, by: admin)
                }
                try await transaction.execute(change.sql)
                return waiting
            }
            let failure = await #expect(throws: Failure.self) { try await ruling.value }
            #expect(failure?.code == change.refusal)
        }
    }

    @Test func `who changes rows at the same time and tells nobody leaves an admin as well`() async throws {
        try await replicas { one, other in
            let accounts = PostgresAccounts(database: one)
            for _ in 0..<40 {
                let admins = try [User.sample(), .sample()].map { user in
                    var admin = user
                    admin.roles = [.admin]
                    return admin
                }
                for admin in admins { _ = try await accounts.insert(admin, hash: PasswordHash(phc: "$1")) }
                // All others, so that these two are the only ones.
                try await one.execute(
                    "UPDATE users SET roles = '{user}' WHERE NOT id = ANY(\(admins.map(\.id.uuid)))")
                async let left = try? one.execute(
                    "UPDATE users SET roles = '{user}' WHERE id = \(admins[0].id.uuid)")
                async let right = try? other.execute("DELETE FROM users WHERE id = \(admins[1].id.uuid)")
                _ = await (left, right)
                #expect(try await one.query("SELECT 1 FROM users WHERE 'admin' = ANY (roles)").count == 1)
            }
        }
    }

    @Test func `a change, its event and its line come to light together, and none of them alone`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            _ = try await house.rule(.ban(BanReason("x"), until: nil), ifVersion: 1)
            _ = try await house.rule(.roles([.creator]), ifVersion: 2)
            _ = try await house.rule(.liftBan, ifVersion: 3)
            _ = try await house.rule(.membership(Membership(tier: "member", source: "gift")), ifVersion: 4)
            _ = try await house.rule(.profile(displayName: nil, isEmailVerified: true), ifVersion: 5)
            let events = try await database.query(
                "SELECT kind, epoch FROM identity_events WHERE user_id = \(house.user.id.uuid) ORDER BY seq"
            ).decode((String, Int64).self)
            #expect(events.map(\.0) == ["banned", "roles_changed", "ban_lifted", "membership_changed"])
            #expect(events.map(\.1) == [1, 2, 3, 4])
            // What cannot be written down is not done, and nobody is told of it.
            try await database.execute("ALTER TABLE audit_events ADD CHECK (action <> 'banned') NOT VALID")
            await #expect(throws: Failure.self) { try await house.rule(.ban(BanReason("y"), until: nil), ifVersion: 6) }
            #expect(try await house.store.account(house.user.id)?.user.ban == nil)
            #expect(try await database.query("SELECT 1 FROM identity_events").count == 4)
            #expect(try await database.first("SELECT seq FROM audit_head")?.decode(Int64.self) == 5)
        }
    }

    @Test func `a ban and a membership end by themselves at their time`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            let (begin, end) = (Date(timeIntervalSince1970: 4_000_000_000), Date(timeIntervalSince1970: 4_100_000_000))
            func due() async throws -> Date? {
                try await database.first("SELECT standing_changes_at FROM users WHERE id = \(house.user.id.uuid)")?
                    .decode(Date?.self)
            }
            try await house.rule(.membership(Membership(tier: "member", from: begin, source: "gift")), ifVersion: 1)
            #expect(try await due() == begin)
            try await house.rule(.ban(BanReason("x"), until: end), ifVersion: 2)
            #expect(try await due() == begin)
            try await house.rule(.membership(Membership(tier: "free", source: "gift")), ifVersion: 3)
            #expect(try await due() == end)
            // The time has come.
            try await database.execute(
                "UPDATE users SET banned_until = now(), standing_changes_at = now() WHERE banned_at IS NOT NULL")
            #expect(try await house.store.account(house.user.id)?.user.ban == nil)
            _ = try await PostgresStandings(database: database).settle()
            let kinds = try await database.query("SELECT kind FROM identity_events ORDER BY seq").decode(String.self)
            #expect(kinds == ["membership_changed", "banned", "membership_changed", "ban_lifted"])
            #expect(try await due() == nil)
        }
    }

    @Test func `a role that a newer version made up stays through changes`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            try await database.execute(
                "UPDATE users SET roles = ARRAY['user', 'wizard'] WHERE id = \(house.user.id.uuid)")
            _ = try await house.rule(.roles([.creator, .moderator]), ifVersion: 1)
            let roles = try await database.first("SELECT roles FROM users WHERE id = \(house.user.id.uuid)")?
                .decode([String].self)
            #expect(roles == ["creator", "moderator", "wizard"])
        }
    }

    @Test func `what older rules took is found, shown and changed`() async throws {
        try await TestDatabase.with { database in
            let house = try await House(database)
            try await database.execute(
                """
                UPDATE users SET display_name = E'a\\u202Eb\\n', email = 'no address', tier = 'gold', banned_at = now(),
                    ban_reason = NULL WHERE id = \(house.user.id.uuid)
                """)
            let found = try await house.store.accounts(UserSearch("NO ADD"), page: PageRequest()).items
            #expect(found.map(\.user.tier) == ["gold"] && found.first?.user.ban?.reason == "")
            let changed = try await house.rule(.liftBan, ifVersion: 1)
            #expect(changed.user.ban == nil && changed.user.displayName.description == "a\u{202E}b\n")
        }
    }

    @Test func `a search walks along an index`() async throws {
        try await TestDatabase.with { database in
            for name in ["u.email", "u.display_name"] as [SQL] {
                let column = SearchColumn(name: name, text: "花")
                let plan = try await database.transaction { transaction in
                    try await transaction.execute("SET LOCAL enable_seqscan = off")
                    let after = UserSearchCursor(key: "花", id: UserID(UUID()))
                    return try await transaction.query(
                        "EXPLAIN \(sql: column.matches(after: after, limit: 26))"
                    ).decode(String.self).joined(separator: "\n")
                }
                #expect(plan.contains("users_search_by_") && plan.contains("Index Cond"))
            }
        }
    }

    @Test func `no secret comes into the trail`() async throws {
        try await TestDatabase.with { database in
            let (password, secret) = ("s3cret-passw0rd", Data("refresh-token-secret-of-32-bytes".utf8))
            let house = try await House(database, hash: PasswordHash(phc: "$argon2id$\(password)"))
            let opening = SessionOpening.sample(
                of: house.user.id, chain: RefreshChain(generation: 0, digest: secret, spentAt: []),
                checked: PasswordHash(phc: "$argon2id$\(password)"), mark: secret)
            #expect(try await PostgresAccounts(database: database).open(opening))
            let rulings: [Ruling] = [
                .ban(try BanReason("x"), until: nil), .liftBan, .roles([.user, .creator]),
                .membership(Membership(tier: "member", source: "gift")),
                .profile(displayName: try DisplayName("次郎"), isEmailVerified: true),
            ]
            for (index, ruling) in rulings.enumerated() { _ = try await house.rule(ruling, ifVersion: index + 1) }
            let lines = try await database.query("SELECT to_jsonb(a)::text FROM audit_events a").decode(String.self)
            #expect(lines.count == rulings.count)
            let token = RefreshToken(session: opening.id, generation: 0, secret: secret)
            for line in lines {
                for hidden in [
                    password, "argon2id", token.description, secret.base64EncodedString(),
                    secret.map { String($0, radix: 16) }.joined(), house.user.email.description, opening.id.description,
                ] { #expect(!line.contains(hidden), "\(hidden) in \(line)") }
            }
        }
    }
}

/// An admin and somebody to rule over.
struct House: Sendable {
    let store: PostgresAdministration
    let admin: ActingAdmin
    let user: User

    init(_ database: PostgresClient, hash: PasswordHash = PasswordHash(phc: "$1")) async throws {
        store = PostgresAdministration(database: database)
        var root = try User.sample()
        root.roles = [.user, .admin]
        _ = try await database.add(root, hash: PasswordHash(phc: "$1"))
        admin = ActingAdmin(id: root.id, session: nil, epoch: 0, requestID: "r")
        user = try await database.add(.sample(), hash: hash)
    }

    @discardableResult
    func rule(_ ruling: Ruling, ifVersion version: Int) async throws -> ManagedUser {
        try await store.make(ruling, on: user.id, ifVersion: version, by: admin)
    }
}

extension PostgresClient {
    /// Adds an account without a line in the audit trail.
    fileprivate func add(_ user: User, hash: PasswordHash) async throws -> User {
        try await execute(
            """
            INSERT INTO users (id, email, display_name, password_hash, roles, is_email_verified, version, created_at,
                               updated_at)
            VALUES (\(user.id.uuid), \(user.email.description), \(user.displayName.description), \(hash.phc),
                    \(user.roles.stored), false, 1, \(user.createdAt), \(user.updatedAt))
            """)
        return user
    }
}
