import ChatTestKit
import Testing

@Suite struct InMemoryChatTests {
    @Test(arguments: ChatStoreContract.all)
    func `the fake keeps the contract`(_ promise: ChatStoreContract) async throws {
        let chat = InMemoryChat()
        try await promise.check(chat, chat, chat)
    }

    @Test(arguments: ConnectionRegistryContract.all)
    func `the fake registry keeps its contract`(_ promise: ConnectionRegistryContract) async throws {
        let registry = InMemoryConnections()
        try await promise.check(registry, registry)
    }
}
