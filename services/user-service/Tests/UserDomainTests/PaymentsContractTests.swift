import PlatformTesting
import Testing
import UserTestKit

/// The store that tests of webhooks run on keeps the same promises as the real one.
@Suite struct PaymentsContractTests {
    let contract: PaymentsContract

    init() {
        let clock = TestClock()
        let accounts = InMemoryAccounts(clock: clock)
        contract = PaymentsContract(accounts, accounts, users: accounts, now: clock.now)
    }

    @Test func `grants and ends`() async throws { try await contract.grantsAndEnds() }
    @Test func `takes each once`() async throws { try await contract.takesEachOnce() }
    @Test func `refuses what was sent at another time`() async throws {
        try await contract.refusesWhatWasSentAtAnotherTime()
    }
    @Test func `passes over what is older`() async throws { try await contract.passesOverWhatIsOlder() }
    @Test func `keeps sources apart`() async throws { try await contract.keepsSourcesApart() }
    @Test func `answers for accounts that are not there`() async throws {
        try await contract.answersForAccountsThatAreNotThere()
    }
}
