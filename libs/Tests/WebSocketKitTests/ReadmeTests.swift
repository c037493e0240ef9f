import HTTPTypes
import PlatformTesting
import Testing

@testable import WebSocketKit

@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "WebSocketKit"))
    }

    @Test func `the example does what it says`() async throws {
        let board = ScoreBoard()
        try await TestServer.run(board.server) { port, _ in
            let url = "ws://127.0.0.1:\(port)/scores"
            #expect(try await play("ann=100", at: url) == ["ann=100"])
            let bad = try await play("nonsense", at: url)
            #expect(bad == [])
            let refused = await #expect(throws: WebSocketClientError.self) {
                try await WebSocketClient().connect(to: url) { _, _ in WebSocketInbox() }
            }
            guard case .refused(let response, _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(response.status == .unauthorized)
        }
    }
}
