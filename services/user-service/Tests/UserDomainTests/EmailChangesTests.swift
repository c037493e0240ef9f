import DomainKit
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct EmailChangesTests {
    let contract: EmailChangesContract = {
        let clock = TestClock()
        let accounts = InMemoryAccounts(clock: clock)
        return EmailChangesContract(
            accounts, posted: { user in accounts.mails.filter { $0.user == user }.map(\.kind) },
            pass: { clock.advance(by: .seconds($0)) })
    }()

    @Test func `changes once both are sure`() async throws { try await contract.changesOnceBothAreSure() }
    @Test func `binds a token to its address`() async throws { try await contract.bindsATokenToItsAddress() }
    @Test func `voids a former change`() async throws { try await contract.voidsAFormerChange() }
    @Test func `tells the former reader nothing`() async throws { try await contract.tellsTheFormerReaderNothing() }
    @Test func `ends with a password or in time`() async throws { try await contract.endsWithAPasswordOrInTime() }
    @Test func `forgets what was confirmed before`() async throws { try await contract.forgetsWhatWasConfirmedBefore() }
    @Test func `voids a token of an address that is taken meanwhile`() async throws {
        try await contract.voidsATokenOfAnAddressTakenMeanwhile()
    }
    @Test func `refuses an address that is taken in between`() async throws {
        try await contract.refusesAnAddressTakenInBetween()
    }
    @Test func `tells nobody whose an address is`() async throws { try await contract.tellsNobodyWhoseAnAddressIs() }
}
