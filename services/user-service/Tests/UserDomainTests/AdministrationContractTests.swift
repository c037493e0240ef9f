import PlatformTesting
import Testing
import UserTestKit

/// The store that tests of admins run on keeps the same promises as the real one.
@Suite struct AdministrationContractTests {
    let accounts = InMemoryAccounts()
    var contract: AdministrationContract { AdministrationContract(accounts, accounts: accounts) }

    @Test func `shows an account whole`() async throws { try await contract.showsAnAccountWhole() }
    @Test func `finds by how addresses and names begin`() async throws {
        try await contract.findsByHowAddressesAndNamesBegin()
    }
    @Test func `finds nobody twice`() async throws { try await contract.findsNobodyTwice() }
    @Test func `finds what is longer than its key`() async throws { try await contract.findsWhatIsLongerThanItsKey() }
    @Test func `pages through what is found`() async throws { try await contract.pagesThroughWhatIsFound() }
    @Test func `changes the version it was told of`() async throws { try await contract.changesTheVersionItWasToldOf() }
    @Test func `sets roles`() async throws { try await contract.setsRoles() }
    @Test func `bans and lifts`() async throws { try await contract.bansAndLifts() }
    @Test func `sets a membership`() async throws { try await contract.setsAMembership() }
    @Test func `asks who acts`() async throws { try await contract.asksWhoActs() }
    @Test func `asks what was shown`() async throws { try await contract.asksWhatWasShown() }
    @Test func `keeps the last admin`() async throws { try await contract.keepsTheLastAdmin() }
    @Test func `tells what was done`() async throws { try await contract.tellsWhatWasDone() }
    @Test func `tells whom the operator appointed`() async throws {
        try await contract.tellsWhomTheOperatorAppointed()
    }
    @Test func `tells what people do to themselves`() async throws {
        try await contract.tellsWhatPeopleDoToThemselves()
    }
    @Test func `finds lines and pages through them`() async throws {
        try await contract.findsLinesAndPagesThroughThem()
    }
    @Test func `keeps one of two admins who rule at the same time`() async throws {
        try await AdministrationRaces(accounts, accounts, users: accounts).all()
    }
}
