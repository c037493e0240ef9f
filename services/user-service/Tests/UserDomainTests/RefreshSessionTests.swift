import DomainKit
import Foundation
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct RefreshSessionTests {
    let house = TestHouse()

    func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test func `a token gives its successor, which gives the next`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        #expect(second.session == first.session && second.user == first.user && second.refresh != first.refresh)
        house.clock.advance(by: .seconds(60))
        let third = try await house.refresh(second.refresh)
        #expect(third.refresh.generation == 2)
        #expect(try await house.accounts.grant(first.session)?.session.lastUsedAt == house.clock.now)
    }

    @Test func `within ten seconds a token gives the same successor, even one that was spent`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        house.clock.advance(by: .seconds(5))
        #expect(try await house.refresh(first.refresh).refresh == second.refresh)
        let third = try await house.refresh(second.refresh)
        house.clock.advance(by: .seconds(5))
        #expect(try await house.refresh(first.refresh).refresh == second.refresh)
        #expect(try await house.refresh(second.refresh).refresh == third.refresh)
        #expect(house.accounts.securityEvents.isEmpty)
    }

    @Test func `fifty at once get one successor`() async throws {
        let first = try await house.signedIn(house.signUp())
        let successors = try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { [house] in try await house.refresh(first.refresh).refresh } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(successors.count == 1)
        #expect(try await house.accounts.grant(first.session)?.chain.generation == 1)
    }

    @Test func `within two minutes a token gives the same successor, as long as nobody has used that`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        house.clock.advance(by: .seconds(119))
        #expect(try await house.refresh(first.refresh).refresh == second.refresh)
        _ = try await house.refresh(second.refresh)
        #expect(await code { _ = try await house.refresh(first.refresh) } == "user.refresh-token-reused")
    }

    @Test func `reuse after two minutes ends the session for both and is recorded once`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        house.clock.advance(by: .seconds(121))
        #expect(await code { _ = try await house.refresh(first.refresh) } == "user.refresh-token-reused")
        #expect(await code { _ = try await house.refresh(second.refresh) } == "user.refresh-token-invalid")
        #expect(house.accounts.securityEvents.count == 1)
        let event = try #require(house.accounts.securityEvents.first)
        #expect(event.kind == .refreshTokenReused && event.userID == first.user && event.sessionID == first.session)
        #expect(event.device.userAgent == "thief/1.0")
    }

    @Test func `a session ends half a year after the sign-in, however often it is used`() async throws {
        let first = try await house.signedIn(house.signUp())
        var token = first.refresh
        for _ in 0..<8 {
            house.clock.advance(by: .seconds(20 * 86_400))
            token = try await house.refresh(token).refresh
        }
        let end = try #require(try await house.accounts.grant(first.session)?.session.expiresAt)
        #expect(end == house.clock.now.addingTimeInterval(20 * 86_400))
        house.clock.advance(by: .seconds(20 * 86_400))
        #expect(await code { _ = try await house.refresh(token) } == "user.refresh-token-invalid")
    }

    @Test func `a session ends when it is not used, and is kept by use`() async throws {
        let first = try await house.signedIn(house.signUp())
        house.clock.advance(by: .seconds(29 * 86_400))
        let second = try await house.refresh(first.refresh)
        house.clock.advance(by: .seconds(29 * 86_400))
        let third = try await house.refresh(second.refresh)
        house.clock.advance(by: .seconds(30 * 86_400))
        #expect(await code { _ = try await house.refresh(third.refresh) } == "user.refresh-token-invalid")
    }

    @Test func `a ban keeps the session, which goes on with the same token afterwards`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        house.accounts.setBan(Ban(at: house.clock.now, reason: "spam"), of: first.user)
        for token in [first.refresh, second.refresh] {
            #expect(await code { _ = try await house.refresh(token) } == "user.banned")
        }
        let forged = RefreshToken(session: first.session, generation: 1, secret: ToySecrets().first())
        #expect(await code { _ = try await house.refresh(forged) } == "user.refresh-token-invalid")
        house.accounts.setBan(nil, of: first.user)
        let third = try await house.refresh(second.refresh)
        #expect(PlainTokens.epoch(of: third.access) == 2 && PlainTokens.epoch(of: second.access) == 0)
    }

    @Test func `an ended session gives no more tokens, not even repeated ones`() async throws {
        let first = try await house.signedIn(house.signUp())
        let second = try await house.refresh(first.refresh)
        let manage = ManageSessions(sessions: house.accounts)
        try await manage.end(first.session, of: first.user)
        #expect(await code { _ = try await house.refresh(first.refresh) } == "user.refresh-token-invalid")
        #expect(await code { _ = try await house.refresh(second.refresh) } == "user.refresh-token-invalid")
    }

    @Test func `a made up token changes nothing`() async throws {
        let first = try await house.signedIn(house.signUp())
        let forged = RefreshToken(session: first.session, generation: 0, secret: ToySecrets().first())
        #expect(await code { _ = try await house.refresh(forged) } == "user.refresh-token-invalid")
        #expect(
            await code { _ = try await house.refreshSession("hrt_", device: Device()) } == "user.refresh-token-invalid")
        #expect(house.accounts.securityEvents.isEmpty)
        _ = try await house.refresh(first.refresh)
    }
}
