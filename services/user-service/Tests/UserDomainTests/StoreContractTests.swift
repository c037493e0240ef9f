import Testing
import UserTestKit

/// The stores the other tests run on keep the same promises as the real ones.
@Suite struct StoreContractTests {
    let users = UserStoreContract(InMemoryAccounts())
    let sessions = SessionStoreContract(InMemoryAccounts())

    @Test func `keeps what was inserted`() async throws { try await users.keepsWhatWasInserted() }
    @Test func `gives an address to one account`() async throws { try await users.givesAnAddressToOneAccount() }
    @Test func `updates the version it was told of`() async throws { try await users.updatesTheVersionItWasToldOf() }
    @Test func `replaces a hash once`() async throws { try await users.replacesAHashOnce() }
    @Test func `erases all there is`() async throws { try await users.erasesAllThereIs() }
    @Test func `grants what was opened`() async throws { try await sessions.grantsWhatWasOpened() }
    @Test func `rotates a chain once`() async throws { try await sessions.rotatesAChainOnce() }
    @Test func `lets one of many rotate`() async throws { try await sessions.letsOneOfManyRotate() }
    @Test func `lists the newest first`() async throws { try await sessions.listsTheNewestFirst() }
    @Test func `ends only the owner's sessions`() async throws { try await sessions.endsOnlyTheOwnersSessions() }
    @Test func `bounds the sessions of a user`() async throws { try await sessions.boundsTheSessionsOfAUser() }
    @Test func `revokes and records`() async throws { try await sessions.revokesAndRecords() }
}
