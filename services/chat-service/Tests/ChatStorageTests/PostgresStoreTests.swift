import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import Postgres
import PostgresIdempotency
import Testing

@testable import ChatStorage

/// One migrated database on the test process's server.
struct TestDatabase {
    let client: PostgresClient

    init(url: String? = nil) async throws {
        let connection = if let url { url } else { try await TestPostgres.database() }
        client = PostgresClient(PostgresConfiguration(connectionString: connection))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
    }

    var rooms: PostgresRoomStore { PostgresRoomStore(client: client) }
    var members: PostgresMemberStore { PostgresMemberStore(client: client) }

    /// A log as another replica would have it: with connections of its own.
    func log(lanes: Int = 2, linger: Duration = .zero) -> PostgresMessageLog {
        PostgresMessageLog(
            client: client, appends: PostgresClient(client.configuration), lanes: lanes, linger: linger)
    }
}

@Suite struct PostgresStoreTests {
    @Test(arguments: ChatStoreContract.all)
    func `PostgreSQL keeps the contract`(_ promise: ChatStoreContract) async throws {
        let database = try await TestDatabase()
        try await promise.check(database.rooms, database.members, database.log())
    }

    @Test(arguments: IdempotencyStoreContract.all)
    func `idempotency keys keep the contract`(_ promise: IdempotencyStoreContract) async throws {
        let database = try await TestDatabase()
        try await promise.check(
            PostgresIdempotencyStore(database: database.client),
            advance: IdempotencyStoreContract.aging(database.client))
    }

    @Test func `a client id may come again after a day`() async throws {
        let database = try await TestDatabase()
        let (room, log) = (try Sample.room(), database.log())
        _ = try await database.rooms.insert(room)
        _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID, clientID: "a"))
        try await database.client.query("UPDATE messages SET sent_at = sent_at - interval '24 hours 1 second'")
        let later = try await log.append(Sample.draft(in: room.id, by: room.ownerID, clientID: "a"))
        #expect(!later.isRepeat && later.seq == 2)
    }

    @Test func `repeats within one group are stored once`() async throws {
        let database = try await TestDatabase()
        let (room, log) = (try Sample.room(), database.log(lanes: 1))
        _ = try await database.rooms.insert(room)
        let drafts = try (0..<20).map { try Sample.draft(in: room.id, by: room.ownerID, clientID: "\($0 % 4)") }
        let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
            for draft in drafts { group.addTask { try await log.append(draft) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.count { !$0.isRepeat } == 4)
        #expect(Set(receipts.map(\.seq)) == [1, 2, 3, 4])
        #expect(Set(receipts.map(\.messageID)).count == 4)
    }

    @Test func `drafts of one caller keep their order`() async throws {
        let database = try await TestDatabase()
        let (room, log) = (try Sample.room(), database.log(linger: .milliseconds(2)))
        _ = try await database.rooms.insert(room)
        let drafts = try (1...500).map { try Sample.draft(in: room.id, by: room.ownerID, clientID: "\($0)") }
        let seqs = try await withThrowingTaskGroup(of: Int64.self) { group in
            let (answers, continuation) = AsyncStream.makeStream(of: Result<Receipt, Failure>.self)
            for draft in drafts { log.append(draft) { continuation.yield($0) } }
            var seqs: [Int64] = []
            for await answer in answers.prefix(drafts.count) { seqs.append(try answer.get().seq) }
            return seqs
        }
        #expect(seqs == Array(1...500))
        let stored = try await log.messages(in: room.id, .after(0, before: nil), limit: 1_000)
        #expect(stored.map(\.clientID) == drafts.map(\.clientID))
    }

    @Test func `64 senders on two replicas leave no hole and no double`() async throws {
        let database = try await TestDatabase()
        let logs = [database.log(), database.log(linger: .milliseconds(1))]
        let rooms = try (0..<5).map { _ in try Sample.room() }
        let senders = (0..<64).map { _ in Sample.user() }
        for room in rooms {
            _ = try await database.rooms.insert(room)
            for sender in senders { _ = try await database.members.join(sender, room.id) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, sender) in senders.enumerated() {
                group.addTask {
                    for turn in 0..<20 {
                        let room = rooms[(number + turn) % rooms.count]
                        let draft = try Sample.draft(in: room.id, by: sender, clientID: "\(turn)")
                        // Every other message goes to both replicas at the same time, as a client does that lost an answer.
                        async let twin = turn.isMultiple(of: 2) ? logs[1 - number % 2].append(draft.repeated) : nil
                        let receipt = try await logs[number % 2].append(draft)
                        if let twin = try await twin {
                            guard twin.messageID == receipt.messageID, twin.isRepeat != receipt.isRepeat else {
                                throw ChatStoreContract.Broken(description: "two messages for one client id")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for room in rooms {
            let messages = try await logs[0].messages(in: room.id, .after(0, before: nil), limit: 10_000)
            #expect(messages.map(\.seq) == Array(1...256))
            #expect(Set(messages.map { "\($0.senderID) \($0.clientID)" }).count == 256)
            #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.sentAt <= $1.sentAt })
            #expect(try await database.rooms.progress(of: [room.id])[room.id]?.position.seq == 256)
        }
    }

    @Test func `while the database is away sends fail and work again after it`() async throws {
        let server = try await TestPostgres.start()
        let database = try await TestDatabase(url: try await server.createDatabase())
        let (room, log) = (try Sample.room(), database.log())
        _ = try await database.rooms.insert(room)
        let draft = try Sample.draft(in: room.id, by: room.ownerID)
        _ = try await log.append(draft)
        try await server.kill()
        await #expect(throws: Failure.self) { try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
        do {
            _ = try await database.rooms.access(to: room.id, for: room.ownerID)
            Issue.record("a read without a database")
        } catch {
            #expect(error.code == "platform.unavailable")
        }
        try await server.start()
        let receipt = try await eventually { try await log.append(draft.repeated) }
        #expect(receipt.isRepeat && receipt.seq == 1)
    }
}

extension MessageDraft {
    /// The same said again, as a client does that got no answer.
    var repeated: MessageDraft {
        MessageDraft(
            id: MessageID(UUID()), roomID: roomID, senderID: senderID, clientID: clientID, body: body, replyTo: replyTo)
    }
}
