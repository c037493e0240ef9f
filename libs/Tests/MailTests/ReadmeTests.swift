import Foundation
import Mail
import PlatformTesting
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "Mail"))
    }

    @Test func `the example does what it says`() async throws {
        var options = TestMailServer.Options()
        options.faults = ["rcpt": ["pass", "450 4.2.1 Later", "550 5.1.1 Nobody"]]
        let server = try await TestMailServer.start(options)
        let postman = try Postman("smtp://127.0.0.1:\(server.port)?tls=off")
        let message = try postman.welcome(
            id: UUID(), to: "hanako@example.com", name: "花子 <b>", link: "https://example.com/?token=a&b",
            at: Date(timeIntervalSince1970: 1_795_702_200))
        #expect(await postman.deliver(message) == .done)
        #expect(await postman.deliver(message) == .again)
        #expect(await postman.deliver(message) == .undeliverable(reason: "refused: RCPT: refused (550 5.1.1)"))
        let read = try PythonReading.of(message)
        #expect(read["Subject"] == "ようこそ、花子 <b>さん" && read.parts[1][2].contains("花子 &lt;b>さん"))
        #expect(Array(try #require(try server.received().first).content) == message.bytes())
        #expect(throws: UnusableMail.forbiddenCharacter(.name)) {
            try postman.welcome(id: UUID(), to: "a@b.co", name: "x\r\nBcc: y", link: "", at: Date())
        }
        await postman.transport.close()
    }
}
