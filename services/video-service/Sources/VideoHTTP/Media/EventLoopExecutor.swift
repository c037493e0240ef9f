import NIOCore

/// Runs a connection's task on the event loop its socket lives on.
///
/// Otherwise every request changes threads twice: from the loop to the pool that runs tasks, and back with the answer.
/// That is a sixth of what sending a range of a video costs, and nothing is gained by it, as the work is the kernel's.
/// What runs here holds up all of the loop's sockets, so it must not block: files have threads of their own.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
