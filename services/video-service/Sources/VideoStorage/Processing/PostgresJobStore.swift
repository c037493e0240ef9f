public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Processing jobs in PostgreSQL.
public struct PostgresJobStore: JobStore, JobDesk {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func claim(for life: Duration, mostTries: Int, largest: Int64?) async throws -> ProcessingJob? {
        try await fromPostgres {
            let claim = JobQueries.claim(for: life, mostTries: mostTries, largest: largest)
            while let row = try await database.first(claim) {
                let (video, size, claim, tries, isOver) = try row.decode((UUID, Int64, Int64, Int32, Bool).self)
                if isOver { continue }
                return ProcessingJob(videoID: VideoID(video), size: size, claim: claim, tries: Int(tries))
            }
            return nil
        }
    }

    public func renew(_ job: ProcessingJob, progress: Double, for life: Duration) async throws -> Bool {
        try await holds(JobQueries.renew(job, progress: progress, for: life))
    }

    public func giveBack(_ job: ProcessingJob) async throws -> Bool { try await holds(JobQueries.giveBack(job)) }

    public func postpone(_ job: ProcessingJob, for pause: Duration?, fault: String) async throws -> Bool {
        try await holds(JobQueries.postpone(job, for: pause, fault: fault))
    }

    public func show(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) async throws -> Bool {
        try await holds(JobQueries.show(job, measures, made))
    }

    public func finish(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) async throws -> Bool {
        try await holds(JobQueries.finish(job, measures, made))
    }

    public func skip(_ job: ProcessingJob, _ reason: ProcessingReason, _ measures: Measures?) async throws -> Bool {
        try await holds(JobQueries.skip(job, reason, measures))
    }

    public func retry(_ video: VideoID) async throws -> Bool { try await holds(JobQueries.retry(video)) }

    public func setAside(limit: Int) async throws -> [SetAsideJob] {
        try await fromPostgres {
            try await database.query(JobQueries.setAside(limit: limit)).decode((UUID, Int32, String?).self).map {
                SetAsideJob(videoID: VideoID($0), tries: Int($1), fault: $2)
            }
        }
    }

    /// Whether the statement changed its row.
    private func holds(_ statement: SQL) async throws -> Bool {
        try await fromPostgres { try await database.first(statement) != nil }
    }

    /// Tells when there may be something to do, at any replica, and anyway after every `pause`: what is put off is told of by nobody.
    public func arrivals(orEvery pause: Duration) -> AsyncStream<Void> {
        let notifications = database.notifications(on: JobQueries.channel)
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listening = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in notifications { signal.yield() } }
                group.addTask { while (try? await Task.sleep(for: pause)) != nil { signal.yield() } }
            }
            signal.finish()
        }
        signal.onTermination = { _ in listening.cancel() }
        return stream
    }
}
