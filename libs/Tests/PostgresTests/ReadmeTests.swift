import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "Postgres"))
    }

    @Test func `the example does what it says`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try "CREATE TABLE rooms (id uuid PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL)"
            .write(to: directory.appending(path: "0001_rooms.sql"), atomically: true, encoding: .utf8)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = RoomStore(url: try await TestPostgres.database(), logger: logger)
        try await store.prepare(from: directory, logger: logger)
        var changes = store.changes().makeAsyncIterator()
        #expect(await changes.next() == .listening)
        let rooms = ["a", "b"].map { Room(id: UUID(), name: $0, createdAt: Date(timeIntervalSince1970: 1_000)) }
        for room in rooms { #expect(try await store.add(room)) }
        #expect(try await store.add(rooms[0]) == false)
        try await store.swapNames(rooms[0].id, rooms[1].id)
        #expect(await changes.next() == .message("swapped"))
        #expect(try await store.newest(5, named: "a").map(\.id) == [rooms[1].id])
        #expect(try await store.newest(5, named: nil).count == 2)
        #expect(try await store.forget(before: .now) == 2)
    }
}
