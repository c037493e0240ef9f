import ChatTestKit
import Testing

@Suite struct InMemoryChatTests {
    @Test(arguments: ChatStoreContract.all)
    func `the fake keeps the contract`(_ promise: ChatStoreContract) async throws {
        let chat = InMemoryChat()
        try await promise.check(chat, chat, chat)
    }
}
