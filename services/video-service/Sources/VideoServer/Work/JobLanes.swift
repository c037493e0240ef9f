import Logging
import Metrics
import ServiceLifecycle
import VideoDomain

/// Works off jobs, so many beside each other, until the stop, which ends what is under way and gives it back.
struct JobLanes: Service {
    /// Of all jobs, and of small ones alone.
    let count: (all: Int, quick: Int)
    /// Tells when there may be something to do.
    let arrivals: @Sendable () -> AsyncStream<Void>
    let logger: Logger
    /// Takes a job and does it, a small one where that is asked for; nil when there is none.
    let work: @Sendable (_ isQuick: Bool) async throws -> WorkedOffJob?

    init(
        count: (all: Int, quick: Int), arrivals: @escaping @Sendable () -> AsyncStream<Void>, logger: Logger,
        _ work: @escaping @Sendable (_ isQuick: Bool) async throws -> WorkedOffJob?
    ) {
        self.count = count
        self.arrivals = arrivals
        self.logger = logger
        self.work = work
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for _ in 0..<count.all { group.addTask { await lane(isQuick: false) } }
                for _ in 0..<count.quick { group.addTask { await lane(isQuick: true) } }
            }
        }
    }

    private func lane(isQuick: Bool) async {
        let arrivals = arrivals()
        var isBehind = false
        while !Task.isCancelled {
            do {
                while !Task.isCancelled, let job = try await timed(isQuick) { tell(job) }
                if isBehind { logger.notice("jobs are worked off again") }
                isBehind = false
            } catch {
                if !Task.isCancelled, !isBehind {
                    logger.warning("jobs are not worked off", metadata: ["error": "\(error)"])
                    isBehind = true
                }
            }
            for await _ in arrivals { break }
        }
    }

    private func timed(_ isQuick: Bool) async throws -> WorkedOffJob? {
        let start = ContinuousClock.now
        guard let job = try await work(isQuick) else { return nil }
        let taken = ContinuousClock.now - start
        Timer(label: "processing_job_seconds", dimensions: [("end", job.end.rawValue)])
            .recordNanoseconds(Int64(clamping: Int128(taken / .nanoseconds(1))))
        return job
    }

    private func tell(_ done: WorkedOffJob) {
        var facts: Logger.Metadata = [
            "video_id": "\(done.job.videoID)", "end": "\(done.end.rawValue)", "tries": "\(done.job.tries)",
        ]
        Counter(label: "processing_jobs_total", dimensions: [("end", done.end.rawValue)]).increment()
        if let reason = done.reason { facts["reason"] = "\(reason.rawValue)" }
        if let fault = done.fault { facts["fault"] = "\(fault)" }
        switch done.end {
        case .done, .skipped, .returned, .lost: logger.info("job worked off", metadata: facts)
        case .postponed: logger.warning("job not done, to be tried again", metadata: facts)
        case .failed: logger.error("job set aside", metadata: facts)
        }
    }
}
