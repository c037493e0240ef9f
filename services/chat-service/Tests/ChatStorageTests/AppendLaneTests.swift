import ChatDomain
import ChatTestKit
import DomainKit
import NIOPosix
import Postgres
import Testing

@testable import ChatStorage

@Suite(.timeLimit(.minutes(1)))
struct AppendLaneTests {
    @Test func `a group that waits for company goes as soon as it has it`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        let lane = AppendLane(
            client: database.client, linger: .seconds(3_600), timers: MultiThreadedEventLoopGroup.singleton.next())
        let (receipts, receipt) = AsyncStream.makeStream(of: Int64?.self)
        func send(_ clientIDs: Range<Int>) throws {
            for id in clientIDs {
                let draft = try Sample.draft(in: room.id, by: room.ownerID, clientID: "\(id)")
                lane.append(draft) { receipt.yield(try? $0.get().seq) }
            }
        }
        var received = receipts.makeAsyncIterator()
        try send(1..<2)
        #expect(await received.next() == 1)
        try send(2..<3)
        while lane.waits == 0 { await Task.yield() }
        try send(3..<18)
        for seq in 2...17 { #expect(await received.next() == Int64(seq)) }
    }

    @Test func `a group without company goes when its wait is over`() async throws {
        // Soon enough drafts follow one another closely, and one of them waits; each has its receipt all the same.
        let lane = try await sendOneByOne(linger: .milliseconds(400)) { $0.waits == 0 }
        #expect(lane.waits > 0)
    }

    @Test func `nothing waits while company is not to be expected`() async throws {
        var count = 0
        let lane = try await sendOneByOne(linger: .milliseconds(500)) { _ in
            count += 1
            return count <= 3
        }
        #expect(lane.waits == 0)
    }

    @Test func `a group that waited too long is answered whole, and no draft of it waits again`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        var configuration = database.client.configuration
        configuration.statementTimeout = .milliseconds(300)
        let lane = AppendLane(
            client: PostgresClient(configuration), linger: .zero, timers: MultiThreadedEventLoopGroup.singleton.next())
        try await database.client.transaction { transaction in
            try await transaction.query("SELECT FROM rooms WHERE id = \(room.id.uuid) FOR UPDATE")
            let drafts = try (0..<20).map { try Sample.draft(in: room.id, by: room.ownerID, clientID: "\($0)") }
            let (answers, answer) = AsyncStream.makeStream(of: String?.self)
            for draft in drafts {
                lane.append(draft) { result in
                    if case .failure(let failure) = result { answer.yield(failure.code) } else { answer.yield(nil) }
                }
            }
            for await code in answers.prefix(drafts.count) { #expect(code == "platform.unavailable") }
        }
        // The first may go alone, and those that came meanwhile go together: each statement waited once.
        #expect(lane.statements <= 2)
        // By a lane that waits longer.
        let receipt = try await database.log().append(Sample.draft(in: room.id, by: room.ownerID, clientID: "0"))
        #expect(receipt.seq == 1 && !receipt.isRepeat, "what was refused was not stored")
    }

    /// Each draft after the former's receipt, as long as `goesOn` says so.
    private func sendOneByOne(linger: Duration, while goesOn: (AppendLane) -> Bool) async throws -> AppendLane {
        let database = try await TestDatabase()
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        let lane = AppendLane(
            client: database.client, linger: linger, timers: MultiThreadedEventLoopGroup.singleton.next())
        var id: Int64 = 0
        while goesOn(lane) {
            id += 1
            let draft = try Sample.draft(in: room.id, by: room.ownerID, clientID: "\(id)")
            let receipt = try await withCheckedThrowingContinuation { continuation in
                lane.append(draft) { continuation.resume(with: $0) }
            }
            #expect(receipt.seq == id)
        }
        return lane
    }
}
