import DomainKit
import Foundation
import Synchronization
import Testing

@testable import UserStorage

@Suite struct HashLanesTests {
    @Test func `as many as the limit wait or run, the next is turned away, and a finished one makes room`() throws {
        let queue = HashQueue(limit: 2)
        let done = Atomic(0)
        let job: HashQueue.Job = { done.add(1, ordering: .relaxed) }
        #expect(queue.push(job) && queue.push(job))
        #expect(!queue.push(job))
        let first = try #require(queue.pop())
        #expect(!queue.push(job))
        first()
        #expect(queue.push(job))
        queue.close()
        #expect(!queue.push(job))
        while let next = queue.pop() { next() }
        let count = done.load(ordering: .relaxed)
        #expect(count == 3)
    }

    @Test func `lanes have everybody's share of the processor, as batch work`() async throws {
        let lanes = HashLanes(count: 1, waiting: 1)
        let (nice, policy) = try await lanes.run {
            (getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0), sched_getscheduler(0))
        }
        #expect(nice == getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid())))
        #expect(policy == HashLanes.batchPolicy)
    }

    @Test func `beyond the queue's bound the answer is unavailable`() async throws {
        let lanes = HashLanes(count: 0, waiting: 0)
        let failure = await #expect(throws: Failure.self) { try await lanes.run { 1 } }
        #expect(failure?.kind == .unavailable)
    }

    @Test func `work that nobody waits for any more is not begun`() async throws {
        let lanes = HashLanes(count: 1, waiting: 8)
        let gate = DispatchSemaphore(value: 0)
        let hasBegun = Atomic(false)
        let first = Task { try await lanes.run { gate.wait() } }
        let second = Task { try await lanes.run { hasBegun.store(true, ordering: .relaxed) } }
        second.cancel()
        gate.signal()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        let outcome = hasBegun.load(ordering: .relaxed)
        #expect(!outcome)
        #expect(try await lanes.run { 7 } == 7)
    }
}
