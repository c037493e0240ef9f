import DomainKit
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct ManageAccountTests {
    let house = TestHouse()
    var account: ManageAccount<InMemoryAccounts> { ManageAccount(users: house.accounts, clock: house.clock) }

    func stale(_ version: Int) throws {
        throw Failure(.preconditionFailed, code: "stale", message: "stale")
    }

    @Test func `a change makes a new version`() async throws {
        let user = try await house.signUp()
        house.clock.advance(by: .seconds(9))
        let changed = try await account.change(user.id, displayName: "次郎") { _ in }
        #expect(changed.displayName.description == "次郎" && changed.version == 2)
        #expect(changed.createdAt == user.createdAt && changed.updatedAt == house.clock.now)
        #expect(try await account.read(user.id) == changed)
        #expect(try await account.publicProfile(of: user.id) == changed)
    }

    @Test func `a version the caller does not expect is not touched`() async throws {
        let user = try await house.signUp()
        await #expect(throws: Failure.self) { try await account.change(user.id, displayName: "x", ifVersion: stale) }
        #expect(try await account.read(user.id) == user)
    }

    @Test func `of many changes to one version one succeeds`() async throws {
        let user = try await house.signUp()
        let done = await withTaskGroup { group in
            for index in 0..<20 {
                group.addTask { [account] in
                    let changed = try? await account.change(user.id, displayName: "\(index)") { version in
                        if version != 1 { throw Failure(.preconditionFailed, code: "stale", message: "stale") }
                    }
                    return changed == nil ? 0 : 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(done == 1)
        #expect(try await account.read(user.id).version == 2)
    }

    @Test func `an erased account is gone for its owner and for others`() async throws {
        let user = try await house.signUp()
        let tokens = try await house.signedIn(user)
        _ = try await house.accounts.erase(user.id, ifVersion: 1)
        let own = await #expect(throws: Failure.self) { try await account.read(user.id) }
        #expect(own?.kind == .unauthenticated)
        let seenByOthers = await #expect(throws: Failure.self) { try await account.publicProfile(of: user.id) }
        #expect(seenByOthers?.code == "user.not-found")
        await #expect(throws: Failure.self) { try await house.refresh(tokens.refresh) }
        await #expect(throws: Failure.self) { try await house.signedIn(user) }
    }
}
