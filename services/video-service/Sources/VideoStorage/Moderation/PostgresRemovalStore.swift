public import DomainKit
public import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// What is taken down, in PostgreSQL. Whoever changes it locks its video first.
public struct PostgresRemovalStore: RemovalStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func removal(of video: VideoID) async throws -> Removal? {
        try await fromPostgres { try await database.first(RemovalQueries.find(video)).map(RemovalQueries.removal) }
    }

    public func remove(_ id: VideoID, _ removal: Removal, version: Int64?) async throws -> Change<Video> {
        try await changing(id, version) { video, transaction in
            switch video.state {
            case .ready:
                _ = try await transaction.query(RemovalQueries.insert(removal, of: id))
                _ = try await transaction.query(ReportQueries.decide(of: id, .removed, by: removal.by, at: removal.at))
                return try await change(
                    video, to: .removed, .removed, by: removal.by, at: removal.at, removal.reason, transaction)
            case .removed:
                let known = try await transaction.first(RemovalQueries.find(id)).map(RemovalQueries.removal)
                if known?.reason == removal.reason { return .done(video) }
                _ = try await transaction.query(RemovalQueries.explain(removal.reason, of: id))
                return try await change(
                    video, to: .removed, .explained, by: removal.by, at: removal.at, removal.reason, transaction)
            case .uploading, .failed: return .absent
            }
        }
    }

    public func putBack(
        _ id: VideoID, by moderator: UserID, at time: Date, version: Int64?
    ) async throws -> Change<Video> {
        try await changing(id, version) { video, transaction in
            guard video.state == .removed else { return .done(video) }
            _ = try await transaction.query(RemovalQueries.delete(of: id))
            return try await change(video, to: .ready, .putBack, by: moderator, at: time, nil, transaction)
        }
    }

    public func appeal(_ id: VideoID, _ appeal: Appeal) async throws -> Appealing {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard let video = try await transaction.first(RemovalQueries.lock(id)).flatMap(VideoQueries.video),
                    let removal = try await transaction.first(RemovalQueries.find(id)).map(RemovalQueries.removal)
                else { return .notRemoved }
                if let earlier = removal.appeal { return .already(earlier) }
                guard appeal.at < removal.eraseAt else { return .tooLate }
                _ = try await transaction.query(RemovalQueries.appeal(appeal, of: id))
                _ = try await change(
                    video, to: .removed, .appealed, by: video.ownerID, at: appeal.at, nil, transaction)
                return .made(appeal)
            }
        }
    }

    public func decide(
        _ id: VideoID, _ decision: AppealDecision, _ verdict: Verdict, version: Int64?
    ) async throws -> AppealOutcome {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard let video = try await transaction.first(RemovalQueries.lock(id)).flatMap(VideoQueries.video),
                    let removal = try await transaction.first(RemovalQueries.find(id)).map(RemovalQueries.removal),
                    let appeal = removal.appeal
                else { return .absent }
                if let version, version != video.version { return .changed }
                guard appeal.state == .open else { return .decided }
                let state: Video.State
                let action: ModerationAction
                switch decision {
                case .granted:
                    state = .ready
                    action = .appealGranted
                    _ = try await transaction.query(RemovalQueries.delete(of: id))
                case .rejected:
                    state = .removed
                    action = .appealRejected
                    _ = try await transaction.query(RemovalQueries.reject(of: id, verdict))
                }
                let changed = try await change(
                    video, to: state, action, by: verdict.by, at: verdict.at, verdict.answer, transaction)
                return changed.value.map(AppealOutcome.done) ?? .absent
            }
        }
    }

    public func overdueRemovals(at time: Date, limit: Int) async throws -> [Video] {
        try await fromPostgres {
            try await database.query(RemovalQueries.overdue(at: time, limit: limit)).compactMap(VideoQueries.video)
        }
    }

    /// Locks the video, and looks whether it is the one that is meant.
    private func changing(
        _ id: VideoID, _ version: Int64?,
        _ body: @Sendable (Video, PostgresTransaction) async throws -> Change<Video>
    ) async throws -> Change<Video> {
        try await fromPostgres {
            try await database.transaction { transaction in
                let row = try await transaction.first(RemovalQueries.lock(id))
                guard let video = try row.flatMap(VideoQueries.video) else { return .absent }
                if let version, version != video.version { return .changed }
                return try await body(video, transaction)
            }
        }
    }

    /// Its next version, and the line of who made it.
    private func change(
        _ video: Video, to state: Video.State, _ action: ModerationAction, by actor: UserID, at time: Date,
        _ reason: Statement?, _ transaction: PostgresTransaction
    ) async throws -> Change<Video> {
        _ = try await transaction.query(RemovalQueries.note(action, of: video, by: actor, at: time, reason))
        let row = try await transaction.first(RemovalQueries.update(video.id, to: state, at: time))
        if state != video.state { _ = try await transaction.query(RemovalQueries.announce) }
        return try row.flatMap(VideoQueries.video).map(Change.done) ?? .absent
    }
}
