import DomainKit
import Foundation
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct BanUserTests {
    let house = TestHouse()
    var ban: BanUser<InMemoryAccounts> { BanUser(store: house.accounts) }

    func admin() async throws -> ActingAdmin {
        let user = try await AppointAdmin(
            users: house.accounts, hasher: house.hasher, ids: SystemIDSource(), clock: house.clock)(
                email: "root@example.com", password: TestHouse.password, displayName: "Root")
        return ActingAdmin(id: user.id, session: nil, epoch: user.epoch, requestID: "r")
    }

    func failure(_ body: () async throws -> Void) async throws -> Failure {
        try #require(await #expect(throws: Failure.self) { try await body() })
    }

    @Test func `nobody bans oneself`() async throws {
        let admin = try await admin()
        let refused = try await failure {
            _ = try await ban(admin.id, reason: "x", until: nil, by: admin) { _ in }
        }
        #expect(refused.code == "user.own-ban" && refused.kind == .conflict)
    }

    @Test func `a ban ends in the future, by the store's time`() async throws {
        let (admin, user) = (try await admin(), try await house.signUp())
        for past in [house.clock.now, house.clock.now - 1, .distantPast] {
            let refused = try await failure {
                _ = try await ban(user.id, reason: "x", until: past, by: admin) { _ in }
            }
            #expect(refused.violations.map(\.pointer) == ["/until"] && refused.violations[0].code == "in-the-past")
        }
        let banned = try await ban(user.id, reason: "x", until: house.clock.now + 1, by: admin) { _ in }
        #expect(banned.user.ban != nil)
        house.clock.advance(by: .seconds(1))
        #expect(try await ShowUser(store: house.accounts)(user.id).user.ban == nil)
    }

    @Test(arguments: [("", "blank"), (String(repeating: "x", count: 501), "too-long"), ("a\u{0}b", "bad-character")])
    func `a reason is a line of text`(reason: String, code: String) async throws {
        let (admin, user) = (try await admin(), try await house.signUp())
        let refused = try await failure {
            _ = try await ban(user.id, reason: reason, until: nil, by: admin) { _ in }
        }
        #expect(refused.violations.map(\.pointer) == ["/reason"] && refused.violations[0].code == code)
    }

    @Test func `whoever is banned gets no token, and goes on with the old ones when it is lifted`() async throws {
        let (admin, user) = (try await admin(), try await house.signUp())
        let tokens = try await house.signedIn(user)
        let banned = try await ban(user.id, reason: "x", until: nil, by: admin) { _ in }
        let refused = try await failure { _ = try await house.refresh(tokens.refresh) }
        #expect(refused.code == "user.banned")
        _ = try await LiftBan(store: house.accounts)(user.id, by: admin) { version in
            #expect(version == banned.user.version)
        }
        _ = try await house.refresh(tokens.refresh)
    }
}
