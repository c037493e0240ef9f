import Foundation

/// Jobs for hashing threads, first come first served, at most `limit` of them waiting or running.
///
/// `@unchecked Sendable`: the variables are touched only while `condition` is locked, which the compiler cannot see. A
/// condition, since threads have to wait for it without an executor.
final class HashQueue: @unchecked Sendable {
    typealias Job = @Sendable () -> Void

    private let limit: Int
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var head = 0
    private var running = 0
    private var isClosed = false

    init(limit: Int) {
        self.limit = limit
    }

    /// False when `limit` jobs wait or run already.
    func push(_ job: @escaping Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, jobs.count - head + running < limit else { return false }
        jobs.append(job)
        condition.signal()
        return true
    }

    /// Waits for a job; nil once the queue is closed and empty.
    func pop() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while head == jobs.count {
            if isClosed { return nil }
            condition.wait()
        }
        let job = jobs[head]
        head += 1
        if head == jobs.count || head >= 64 {
            jobs.removeFirst(head)
            head = 0
        }
        running += 1
        return { [self] in
            job()
            finish()
        }
    }

    /// Lets the threads end when they have done what is queued.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func finish() {
        condition.lock()
        running -= 1
        condition.unlock()
    }
}
