public import DomainKit
import Foundation
public import VideoDomain

/// Jobs in memory. Videos are what it is told of them.
public actor InMemoryJobs: JobStore, JobDesk {
    private struct Row {
        var owner: UserID
        var size: Int64
        var isReady = true
        var processing = Processing(state: .queued)
        var turn: Date
        var dueAt: Date
        var isHeld = false
        var tries = 0
        var fault: String?
    }

    private let clock: any WallClock
    private var rows: [VideoID: Row] = [:]
    private var given = 0
    /// How often a job was renewed, since that was last forgotten.
    public private(set) var renewals = 0

    /// Whether nothing can be told to it.
    public private(set) var isAway = false

    /// `clock` is the one leases run by.
    public init(clock: any WallClock) {
        self.clock = clock
    }

    public func makeReady(_ video: VideoID, of owner: UserID, size: Int64) {
        guard rows[video] == nil else {
            rows[video]?.isReady = true
            return
        }
        rows[video] = Row(owner: owner, size: size, turn: turn(of: owner, size), dueAt: clock.now)
    }

    public func setAway(_ isAway: Bool) { self.isAway = isAway }

    public func forgetRenewals() { renewals = 0 }

    public func takeDown(_ video: VideoID) { rows[video]?.isReady = false }

    public func remove(_ video: VideoID) { rows[video] = nil }

    public func processing(of video: VideoID) -> Processing? {
        rows[video].map { row in
            var shown = row.processing
            if shown.state == .queued, row.isHeld, row.dueAt > clock.now { shown.state = .running }
            if shown.state != .running, shown.state != .done { shown.progress = 0 }
            return shown
        }
    }

    private func turn(of owner: UserID, _ size: Int64) -> Date {
        let line = rows.values.filter { $0.owner == owner && $0.processing.state == .queued }.map(\.turn)
        given += 1
        let now = clock.now + Double(given) / 1_000_000  // no two at once
        return max(now, line.max() ?? .distantPast) + min(86_400, 1 + Double(size) / 200_000)
    }

    public func claim(for life: Duration, mostTries: Int, largest: Int64?) throws -> ProcessingJob? {
        while true {
            let due = rows.filter {
                $0.value.processing.state == .queued && $0.value.isReady && $0.value.dueAt <= clock.now
                    && $0.value.size <= largest ?? .max
            }
            guard let (id, found) = due.min(by: { $0.value.turn < $1.value.turn }) else { return nil }
            var row = found
            defer { rows[id] = row }
            row.processing.progress = 0
            if row.tries >= mostTries {
                row.processing.state = .failed
                row.processing.reason = .gaveUp
                row.isHeld = false
                continue
            }
            row.tries += 1
            row.processing.claim += 1
            row.isHeld = true
            row.dueAt = clock.now + life / .seconds(1)
            return ProcessingJob(videoID: id, size: row.size, claim: row.processing.claim, tries: row.tries)
        }
    }

    private func change(_ job: ProcessingJob, _ change: (inout Row) -> Void) throws -> Bool {
        if isAway { throw Failure.unavailable("postgres") }
        guard var row = rows[job.videoID], row.isHeld, row.isReady, row.processing.claim == job.claim,
            row.processing.state == .queued
        else { return false }
        change(&row)
        rows[job.videoID] = row
        return true
    }

    public func renew(_ job: ProcessingJob, progress: Double, for life: Duration) throws -> Bool {
        renewals += 1
        return try change(job) {
            $0.processing.progress = progress
            $0.dueAt = clock.now + life / .seconds(1)
        }
    }

    public func giveBack(_ job: ProcessingJob) throws -> Bool {
        try change(job) {
            ($0.isHeld, $0.dueAt) = (false, clock.now)
            $0.tries -= 1
        }
    }

    public func postpone(_ job: ProcessingJob, for pause: Duration?, fault: String) throws -> Bool {
        try change(job) {
            ($0.isHeld, $0.fault) = (false, fault)
            if let pause {
                $0.dueAt = clock.now + pause / .seconds(1)
            } else {
                ($0.processing.state, $0.processing.reason) = (.failed, .gaveUp)
            }
        }
    }

    public func show(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) throws -> Bool {
        try change(job) {
            $0.processing.measures = measures
            if $0.processing.shown?.made.contains(.ladder) != true {
                $0.processing.shown = Shown(claim: job.claim, made: made)
            }
        }
    }

    public func finish(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) throws -> Bool {
        try change(job) {
            ($0.isHeld, $0.tries, $0.fault) = (false, 0, nil)
            ($0.processing.state, $0.processing.progress, $0.processing.reason) = (.done, 1, nil)
            $0.processing.measures = measures
            $0.processing.shown = Shown(claim: job.claim, made: made)
        }
    }

    public func skip(_ job: ProcessingJob, _ reason: ProcessingReason, _ measures: Measures?) throws -> Bool {
        try change(job) {
            ($0.isHeld, $0.tries, $0.fault) = (false, 0, nil)
            ($0.processing.state, $0.processing.reason) = (.skipped, reason)
            if let measures { $0.processing.measures = measures }
        }
    }

    public func retry(_ video: VideoID) -> Bool {
        guard var row = rows[video], row.processing.state != .queued else { return false }
        row.processing.state = .queued
        row.processing.reason = nil
        (row.tries, row.dueAt, row.turn) = (0, clock.now, turn(of: row.owner, row.size))
        rows[video] = row
        return true
    }

    public func setAside(limit: Int) -> [SetAsideJob] {
        rows.filter { $0.value.processing.state == .failed }.prefix(limit).map {
            SetAsideJob(videoID: $0.key, tries: $0.value.tries, fault: $0.value.fault)
        }
    }
}
