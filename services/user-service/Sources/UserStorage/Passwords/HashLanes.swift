import DomainKit
import Foundation
import Synchronization

/// A few threads that do nothing but hash, and a bounded queue before them.
///
/// Not a task executor: a hash holds its thread for some 20 ms, which would starve whoever shares the pool. The threads have
/// the same share of the processors as everybody else's, so that sign-ins go on beside any load, and take it in whole
/// slices: as batch work they never interrupt a thread that runs, while short requests go before them. They end with the
/// lanes.
final class HashLanes: Sendable {
    private let queue: HashQueue

    /// - Parameter waiting: how many may wait beside those being worked on.
    init(count: Int, waiting: Int) {
        queue = HashQueue(limit: waiting + count)
        for index in 0..<count {
            let thread = Thread { [queue] in HashLanes.work(on: queue) }
            thread.name = "hash-\(index)"
            thread.start()
        }
    }

    deinit {
        queue.close()
    }

    /// Runs `work` on a lane.
    ///
    /// Fails: unavailable when too many wait; `CancellationError` when cancelled before the work began.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let ticket = HashTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                let isAdmitted = queue.push {
                    guard ticket.begin() else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result { try work() })
                }
                if !isAdmitted {
                    continuation.resume(throwing: Failure.unavailable("password-hashing"))
                }
            }
        } onCancel: {
            ticket.cancel()
        }
    }

    private static func work(on queue: HashQueue) {
        // SCHED_BATCH (sched(7)), for this thread alone. Where it is not allowed the lanes work all the same.
        var parameters = sched_param()
        _ = sched_setscheduler(0, batchPolicy, &parameters)
        while let job = queue.pop() { job() }
    }

    /// `SCHED_BATCH`, a macro that not every C library shows to Swift.
    static let batchPolicy: Int32 = 3
}

/// Whether a queued job is still wanted.
private final class HashTicket: Sendable {
    private let isCancelled = Atomic(false)

    func cancel() {
        isCancelled.store(true, ordering: .relaxed)
    }

    /// False when nobody waits for the result any more.
    func begin() -> Bool {
        !isCancelled.load(ordering: .relaxed)
    }
}
