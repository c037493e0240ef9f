import DomainKit
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct SecurityEventsTests {
    let contract: SecurityEventsContract = {
        let clock = TestClock()
        let accounts = InMemoryAccounts(clock: clock)
        return SecurityEventsContract(
            accounts, posted: { user in accounts.mails.filter { $0.user == user }.map(\.kind) },
            age: { _ in clock.advance(by: .seconds(100 * 86_400)) }, pass: { clock.advance(by: .seconds(1)) })
    }()

    @Test func `tells of a changed password`() async throws { try await contract.tellsOfAChangedPassword() }
    @Test func `tells of a token that came back`() async throws { try await contract.tellsOfATokenThatCameBack() }
    @Test func `tells of a new device`() async throws { try await contract.tellsOfANewDevice() }
    @Test func `lists the newest first`() async throws { try await contract.listsTheNewestFirst() }
}
