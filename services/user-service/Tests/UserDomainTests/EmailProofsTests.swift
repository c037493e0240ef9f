import DomainKit
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct EmailProofsTests {
    let contract: EmailProofsContract = {
        let clock = TestClock()
        let accounts = InMemoryAccounts(clock: clock)
        return EmailProofsContract(
            accounts, posted: { user in accounts.mails.filter { $0.user == user }.map(\.kind) },
            pass: { clock.advance(by: .seconds($0)) })
    }()

    @Test func `posts with a new account`() async throws { try await contract.postsWithANewAccount() }
    @Test func `posts one of a kind a minute`() async throws { try await contract.postsOneOfAKindAMinute() }
    @Test func `posts nothing to strangers`() async throws {
        try await contract.postsNothingToStrangersAndToTheVerified()
    }
    @Test func `verifies once`() async throws { try await contract.verifiesOnce() }
    @Test func `resets a password once`() async throws { try await contract.resetsAPasswordOnce() }
    @Test func `lets one of two resets win`() async throws { try await contract.letsOneOfTwoResetsWin() }
    @Test func `voids a reset by a change`() async throws { try await contract.voidsAResetByAChange() }
}
