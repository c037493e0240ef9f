import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1))) struct NotificationTests {
    @Test func `arrive in order, for each channel's readers`() async throws {
        let client = try await makeClient()
        var reader = client.notifications(on: "One Channel").makeAsyncIterator()
        #expect(await reader.next() == .listening)
        for number in 0..<5 { try await client.query("SELECT pg_notify('One Channel', \("\(number)")::text)") }
        try await client.query("SELECT pg_notify('another', 'x')")
        for number in 0..<5 { #expect(await reader.next() == .message("\(number)")) }
    }

    @Test func `go on after the server was restarted, and tell of the gap`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url)
        var reader = client.notifications(on: "c").makeAsyncIterator()
        #expect(await reader.next() == .listening)
        try await server.kill()
        try await server.start()
        #expect(await reader.next() == .listening)
        try await until("it can notify") { (try? await client.query("SELECT pg_notify('c', 'again')")) != nil }
        #expect(await reader.next() == .message("again"))
    }

    @Test func `are heard whatever came before: readers who come and go at once leave the last one listening`()
        async throws
    {
        let client = try await makeClient()
        var other = client.notifications(on: "other").makeAsyncIterator()
        #expect(await other.next() == .listening)
        for number in 0..<100 {
            for _ in 0..<5 { _ = client.notifications(on: "c") }
            var reader = client.notifications(on: "c").makeAsyncIterator()
            #expect(await reader.next() == .listening)
            try await client.query("SELECT pg_notify('c', \("\(number)")::text)")
            #expect(await reader.next() == .message("\(number)"))
        }
        try await client.query("SELECT pg_notify('other', 'still')")
        #expect(await other.next() == .message("still"))
    }

    @Test func `are announced once to each reader, also to one that comes later`() async throws {
        let client = try await makeClient()
        var first = client.notifications(on: "c").makeAsyncIterator()
        #expect(await first.next() == .listening)
        var second = client.notifications(on: "c").makeAsyncIterator()
        #expect(await second.next() == .listening)
        try await client.query("SELECT pg_notify('c', 'x')")
        #expect(await first.next() == .message("x"))
        #expect(await second.next() == .message("x"))
    }

    /// Waking a reader's task and cancelling it take the same two locks, from either end.
    @Test func `arrive although readers are cancelled in the same moment`() async throws {
        let client = try await makeClient()
        for _ in 0..<400 {
            var readers: [Task<Void, Never>] = []
            for _ in 0..<8 {
                let notifications = client.notifications(on: "c")
                readers.append(Task { for await _ in notifications {} })
            }
            // The answer comes by one connection and the notification by another, at the same time.
            for reader in readers {
                try await client.query("SELECT pg_notify('c', 'x')")
                reader.cancel()
            }
        }
        var reader = client.notifications(on: "c").makeAsyncIterator()
        #expect(await reader.next() == .listening)
    }

    @Test func `end when the client is closed`() async throws {
        let client = try await makeClient()
        var reader = client.notifications(on: "c").makeAsyncIterator()
        #expect(await reader.next() == .listening)
        await client.close()
        #expect(await reader.next() == nil)
    }
}
