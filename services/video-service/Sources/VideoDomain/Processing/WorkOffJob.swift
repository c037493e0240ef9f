import Foundation
import Synchronization

/// What a worker made of one job.
public struct WorkedOffJob: Sendable, Hashable {
    public enum End: String, Sendable, Hashable, CaseIterable {
        case done, skipped
        /// It is due again later, or was set aside.
        case postponed, failed
        /// Given back as this worker stops.
        case returned
        /// It was somebody else's by then, or nobody's.
        case lost
    }

    public var job: ProcessingJob
    public var end: End
    public var reason: ProcessingReason?
    /// What went wrong, for the log.
    public var fault: String?

    public init(job: ProcessingJob, end: End, reason: ProcessingReason? = nil, fault: String? = nil) {
        self.job = job
        self.end = end
        self.reason = reason
        self.fault = fault
    }
}

/// Takes the next job and does it, keeping it as long as that takes.
///
/// Whatever becomes of the worker, the job is done by one, and only one of those who may have begun with it shows what it made. A
/// worker that is cancelled gives the job back at once; one that dies leaves it for when its lease ends.
public struct WorkOffJob<
    Jobs: JobStore, Source: FilmSource, Studio: FilmStudio, Places: Workplaces, Media: MadeMedia
>: Sendable {
    let jobs: Jobs
    let process: ProcessVideo<Source, Studio, Places, Media>
    let terms: ProcessingTerms

    public init(jobs: Jobs, process: ProcessVideo<Source, Studio, Places, Media>, terms: ProcessingTerms) {
        self.jobs = jobs
        self.process = process
        self.terms = terms
    }

    /// Nil when there is nothing to do; with `largest` of films of at most so many bytes. Fails: `unavailable` without the store; the job is
    /// then somebody's once its lease ended.
    public func callAsFunction(largest: Int64? = nil) async throws -> WorkedOffJob? {
        let held = HeldJob(for: terms.leaseLife, patience: terms.patience)
        let claimed = try await jobs.claim(for: terms.leaseLife, mostTries: terms.mostTries, largest: largest)
        guard let job = claimed else { return nil }
        do {
            return try await outcome(of: job, held)
        } catch is JobLost {
            return WorkedOffJob(job: job, end: .lost)
        } catch {
            let isCancelled = Task.isCancelled
            // In a task of its own, as this one may be cancelled.
            return try await Task { try await givingUp(job, error, isCancelled: isCancelled) }.value
        }
    }

    private func outcome(of job: ProcessingJob, _ held: HeldJob) async throws -> WorkedOffJob {
        let progress = Progress()
        let outcome = try await held.renewing {
            try await jobs.renew(job, progress: progress.value, for: terms.leaseLife)
        } during: {
            try await process(job, held, progress: { progress.value = $0 }) { measures, made in
                let isOurs = try await terms.patience.insist { try await jobs.show(job, measures, made) }
                if !isOurs { throw JobLost() }
            }
        }
        // Not renewed meanwhile: a renewal after it would find nothing to hold. Whoever took it over by then shows what they make.
        switch outcome {
        case .made(let measures, let made):
            let isOurs = try await terms.patience.insist { try await jobs.finish(job, measures, made) }
            return WorkedOffJob(job: job, end: isOurs ? .done : .lost)
        case .nothing(let reason, let measures):
            let isOurs = try await terms.patience.insist { try await jobs.skip(job, reason, measures) }
            return WorkedOffJob(job: job, end: isOurs ? .skipped : .lost, reason: reason)
        }
    }

    private func givingUp(_ job: ProcessingJob, _ error: any Error, isCancelled: Bool) async throws -> WorkedOffJob {
        if isCancelled {
            return WorkedOffJob(job: job, end: try await jobs.giveBack(job) ? .returned : .lost)
        }
        let fault = String("\(error)".prefix(500))
        let isLast = job.tries >= terms.mostTries
        let pause = isLast ? nil : terms.pause(after: job.tries)
        let isOurs = try await jobs.postpone(job, for: pause, fault: fault)
        return WorkedOffJob(job: job, end: isOurs ? isLast ? .failed : .postponed : .lost, fault: fault)
    }
}

/// How far a job is, told by whoever does it and read by whoever renews it.
private final class Progress: Sendable {
    private let stored = Mutex(0.0)

    var value: Double {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = min(1, max($0, newValue.isFinite ? newValue : 0)) } }
    }
}
