import Logging
import Metrics
import ServiceLifecycle
import VideoDomain

/// Works off jobs, so many beside each other, until the stop, which ends what is under way and gives it back.
struct JobLanes: Service {
    let count: Int
    /// Tells when there may be something to do.
    let arrivals: @Sendable () -> AsyncStream<Void>
    let logger: Logger
    /// Takes a job and does it; nil when there is none.
    let work: @Sendable () async throws -> WorkedOffJob?

    init(
        count: Int, arrivals: @escaping @Sendable () -> AsyncStream<Void>, logger: Logger,
        _ work: @escaping @Sendable () async throws -> WorkedOffJob?
    ) {
        self.count = count
        self.arrivals = arrivals
        self.logger = logger
        self.work = work
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for _ in 0..<count { group.addTask { await lane() } }
            }
        }
    }

    private func lane() async {
        let arrivals = arrivals()
        var isBehind = false
        while !Task.isCancelled {
            do {
                while !Task.isCancelled, let job = try await timed(work) { tell(job) }
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

    private func timed(_ work: () async throws -> WorkedOffJob?) async throws -> WorkedOffJob? {
        let start = ContinuousClock.now
        guard let job = try await work() else { return nil }
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
