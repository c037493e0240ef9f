import ChatDomain
import ChatTestKit
import NIOPosix
import Testing

@testable import ChatStorage

@Suite(.timeLimit(.minutes(1)))
struct AppendLaneTests {
    @Test func `a group that waits for company goes as soon as it has it`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room()
        try await database.rooms.insert(room)
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
        let lane = try await sendOneByOne(24, linger: .milliseconds(400))
        #expect(lane.waits > 0)
    }

    @Test func `nothing waits while company is not to be expected`() async throws {
        let lane = try await sendOneByOne(3, linger: .milliseconds(500))
        #expect(lane.waits == 0)
    }

    /// Each draft after the former's receipt.
    private func sendOneByOne(_ count: Int, linger: Duration) async throws -> AppendLane {
        let database = try await TestDatabase()
        let room = try Sample.room()
        try await database.rooms.insert(room)
        let lane = AppendLane(
            client: database.client, linger: linger, timers: MultiThreadedEventLoopGroup.singleton.next())
        for id in 1...count {
            let draft = try Sample.draft(in: room.id, by: room.ownerID, clientID: "\(id)")
            let receipt = try await withCheckedThrowingContinuation { continuation in
                lane.append(draft) { continuation.resume(with: $0) }
            }
            #expect(receipt.seq == Int64(id))
        }
        return lane
    }
}
