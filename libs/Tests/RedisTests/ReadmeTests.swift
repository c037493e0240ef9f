import Logging
import PlatformTesting
import Redis
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "Redis"))
    }

    @Test func `the example does what it says`() async throws {
        let server = try await TestRedis.start()
        let board = try Scoreboard(url: server.url, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let caughtUp = Inbox<Bool>()
        try await board.follow { caughtUp.add(true) }
        try await until { caughtUp.count == 1 }
        #expect(try await board.add(3, to: "ann") == 3)
        #expect(try await board.add(4, to: "ann") == 7)
        #expect(try await board.points(of: ["ann", "bob"]) == [7, nil])
        try await until { board.lastHeard(of: "ann") == "7" }
        let next = Task { try await board.nextEvent(after: .beginning) }
        let id = try await board.redis.xadd("events", [("kind", "start")])
        #expect(try await next.value?.id == id)
        await board.close()
    }
}
