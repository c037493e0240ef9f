import PlatformTesting
import Testing
import UserTestKit

/// The stores the other tests run on keep the same promises as the real ones.
@Suite struct StoreContractTests {
    let users = UserStoreContract(InMemoryAccounts())
    let sessions = SessionStoreContract(InMemoryAccounts())
    let services: ServiceClientsContract = {
        let clock = TestClock()
        return ServiceClientsContract(InMemoryServiceClients(clock: clock)) { clock.advance(by: $0) }
    }()

    @Test func `keeps what was inserted`() async throws { try await users.keepsWhatWasInserted() }
    @Test func `gives an address to one account`() async throws { try await users.givesAnAddressToOneAccount() }
    @Test func `answers a repeat`() async throws { try await users.answersARepeatWithTheFirstResult() }
    @Test func `finds an address in another form`() async throws { try await users.findsAnAddressStoredInAnotherForm() }
    @Test func `renames the version it was told of`() async throws { try await users.renamesTheVersionItWasToldOf() }
    @Test func `changes a password with its sessions`() async throws {
        try await users.changesAPasswordWithItsSessions()
    }
    @Test func `appoints an admin`() async throws { try await users.appointsAnAdmin() }
    @Test func `erases all there is`() async throws { try await users.erasesAllThereIs() }
    @Test func `knows the services declared last`() async throws { try await services.knowsWhatWasDeclaredLast() }
    @Test func `lets a former secret count`() async throws { try await services.letsTheFormerSecretCountForAWhile() }
    @Test func `counts two secrets at most`() async throws { try await services.countsTwoSecretsAtMost() }
    @Test func `grants what was opened`() async throws { try await sessions.grantsWhatWasOpened() }
    @Test func `opens for the hash that was checked`() async throws {
        try await sessions.opensForTheHashThatWasChecked()
    }
    @Test func `shows a password again`() async throws { try await sessions.showsAPasswordAgain() }
    @Test func `knows a device again`() async throws { try await sessions.knowsADeviceAgain() }
    @Test func `bounds the devices of a user`() async throws { try await sessions.boundsTheDevicesOfAUser() }
    @Test func `rotates a chain once`() async throws { try await sessions.rotatesAChainOnce() }
    @Test func `lets one of many rotate`() async throws { try await sessions.letsOneOfManyRotate() }
    @Test func `lists the newest first`() async throws { try await sessions.listsTheNewestFirst() }
    @Test func `ends only the owner's sessions`() async throws { try await sessions.endsOnlyTheOwnersSessions() }
    @Test func `bounds the sessions of a user`() async throws { try await sessions.boundsTheSessionsOfAUser() }
    @Test func `tells of what voids tokens, and of nothing else`() async throws {
        for promise in [
            IdentityContract.tellsOfEachSessionOnce, IdentityContract.tellsOfTheOldestSession,
            IdentityContract.tellsOfWhatVoidsAllTokens, IdentityContract.tellsOfNothingElse,
        ] {
            let accounts = InMemoryAccounts()
            try await promise(IdentityContract(accounts, feed: accounts))()
        }
    }
    @Test func `tells of what second factors and passkeys end`() async throws {
        let accounts = InMemoryAccounts()
        try await IdentityContract(accounts, feed: accounts).tellsOfWhatFactorsEnd(accounts, accounts)
    }
    @Test func `leaves old passwords no session, whatever meets`() async throws {
        let accounts = InMemoryAccounts()
        try await AccountRaces(accounts, accounts).all()
    }
    @Test func `counts guesses`() async throws {
        let budgets = GuessBudgetsContract(ofThree: InMemoryGuessBudgets(most: 3, clock: TestClock()))
        try await budgets.givesNoMoreThanItHas()
        try await budgets.takesBackWhatWasRight()
    }
    @Test func `finds the accounts of a decision`() async throws {
        let accounts = InMemoryAccounts()
        try await DecisionSubjectsContract(accounts, users: accounts).findsThoseThatAreThere()
    }
    @Test func `takes a code of a second factor once, and asks for both steps`() async throws {
        let accounts = InMemoryAccounts()
        let factors = SecondFactorContract(accounts, accounts, accounts)
        try await factors.countsNothingBeforeItsFirstCode()
        try await factors.endsWhatWasOpenedWithoutIt()
        try await factors.takesACodeOnce()
        try await factors.showsACodeInASession()
        try await factors.takesAFactorAway()
        try await factors.tellsFromWhereAFactorChanged { accounts.told($0) }
        try await factors.voidsTokensOfRolesWithIt()
        try await factors.opensASessionAfterBothSteps()
        try await factors.letsOneOfManyFinish()
        try await factors.leadsNowhereOnceTheAccountChanged()
        try await factors.leavesNoSessionWithoutACode()
    }
    @Test func `keeps passkeys and their challenges`() async throws {
        let accounts = InMemoryAccounts()
        let passkeys = PasskeyContract(accounts, accounts, accounts)
        try await passkeys.takesAChallengeOnce()
        try await passkeys.keepsWhatWasAdded()
        try await passkeys.refusesWhatIsTooMuch()
        try await passkeys.opensOncePerCount()
        try await passkeys.showsAPasskeyInASession()
        try await passkeys.opensTheAccountThatWasSeen()
        try await passkeys.takesAPasskeyAway()
        try await passkeys.tellsFromWhereAPasskeyChanged { accounts.told($0) }
    }
    @Test func `revokes and records`() async throws { try await sessions.revokesAndRecords() }
}
