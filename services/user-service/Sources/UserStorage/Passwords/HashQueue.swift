import Foundation

/// Jobs for hashing threads, first come first served, at most `limit` of them.
///
/// While the processors are crowded, which a job's pace tells, one runs at a time: two that want them at once keep
/// others waiting far longer than one after the other.
///
/// `@unchecked Sendable`: the variables are touched only while `condition` is locked, which the compiler cannot see. A
/// condition, since threads that own memory have to wait for it without an executor.
final class HashQueue: @unchecked Sendable {
    typealias Job = @Sendable (LaneMemory) -> Void
    typealias Pace = @Sendable (() -> Void) -> Duration

    /// An idle thread's memory goes back to the system after so long.
    private static let idleSeconds: TimeInterval = 30

    private let limit: Int
    private let pace: Pace
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var head = 0
    private var busy = 0
    private var isCrowded = false
    private var isClosed = false

    /// - Parameter pace: runs a job on this thread; returns how long to rest after it.
    init(limit: Int, pace: @escaping Pace = HashPace.run) {
        self.limit = limit
        self.pace = pace
    }

    /// False when `limit` jobs wait or run already.
    func push(_ job: @escaping Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, jobs.count - head + busy < limit else { return false }
        jobs.append(job)
        condition.signal()
        return true
    }

    /// Waits for a job, which rests on this thread after its work; nil once the queue is closed and empty.
    ///
    /// - Parameter idle: called when no job came for a while.
    func pop(idle: () -> Void) -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while !isReady {
            if isClosed, head == jobs.count { return nil }
            if !condition.wait(until: Date(timeIntervalSinceNow: Self.idleSeconds)) { idle() }
        }
        let job = jobs[head]
        head += 1
        if head == jobs.count || head >= 64 {
            jobs.removeFirst(head)
            head = 0
        }
        busy += 1
        return { [self] memory in
            let rest = pace { job(memory) }
            // The thread is the lane's own, and its rest is what lets others have the processor.
            if rest > .zero { Thread.sleep(forTimeInterval: rest / .seconds(1)) }
            finish(isCrowded: rest > .zero)
        }
    }

    /// Whether a job may begin; for those who hold the lock.
    private var isReady: Bool {
        head < jobs.count && (busy == 0 || !isCrowded)
    }

    /// Whether ``pop(idle:)`` would return at once.
    var hasReadyJob: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isReady
    }

    /// Lets the threads end when they have done what is queued.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func finish(isCrowded: Bool) {
        condition.lock()
        busy -= 1
        self.isCrowded = isCrowded
        condition.broadcast()
        condition.unlock()
    }
}
