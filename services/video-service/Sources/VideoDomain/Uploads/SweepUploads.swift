public import DomainKit
public import Foundation

/// The housekeeping: gives up expired uploads, finishes those a crash left unfinished, removes bytes nobody needs.
///
/// In batches of bounded size, by one replica at a time. What cannot be done is counted and tried again in a later round;
/// it keeps nothing behind it from being done. Every step may be repeated.
public struct SweepUploads<
    Uploads: UploadStore, Media: MediaStore, Notes: AbandonedMediaStore, Turns: SweepTurns
>: Sendable {
    /// What one round did.
    public struct Outcome: Sendable, Hashable {
        public var finished = 0
        public var expired = 0
        public var cleaned = 0
        public var orphans = 0
        /// Whole ones whose owner is banned, left as they are.
        public var refused = 0
        /// Steps that failed.
        public var failed = 0

        public init() {}
    }

    private let batch = 100
    private let mostBatches = 50
    /// How long a replica that died keeps the others from sweeping; renewed with every batch.
    private let turnLife = Duration.seconds(300)

    let uploads: Uploads
    let finish: FinishUpload<Uploads, Media>
    let cleanup: MediaCleanup<Notes, Media>
    let turns: Turns
    let clock: any WallClock
    let limits: UploadLimits

    public init(
        uploads: Uploads, finish: FinishUpload<Uploads, Media>, cleanup: MediaCleanup<Notes, Media>, turns: Turns,
        clock: any WallClock, limits: UploadLimits
    ) {
        self.uploads = uploads
        self.finish = finish
        self.cleanup = cleanup
        self.turns = turns
        self.clock = clock
        self.limits = limits
    }

    /// One round; nothing while another replica is at it. Fails: `unavailable`; the next round goes on.
    public func callAsFunction() async throws -> Outcome {
        var outcome = Outcome()
        let holder = UUID()
        guard try await turns.take(holder, for: turnLife) else { return outcome }
        do {
            try await settleOverdue(holder, &outcome)
            try await clean(holder, &outcome)
        } catch {
            try? await turns.giveBack(holder)
            throw error
        }
        try await turns.giveBack(holder)
        return outcome
    }

    private func settleOverdue(_ holder: UUID, _ outcome: inout Outcome) async throws {
        let now = clock.now
        var last: Upload?
        for _ in 0..<mostBatches {
            let overdue = try await uploads.overdue(at: now, after: last, limit: batch)
            for upload in overdue { await settle(upload, now, &outcome) }
            last = overdue.last
            guard overdue.count == batch, try await turns.take(holder, for: turnLife) else { return }
        }
    }

    private func settle(_ upload: Upload, _ now: Date, _ outcome: inout Outcome) async {
        do {
            if upload.awaitsFinish, try await isFinished(upload, now) {
                outcome.finished += 1
            } else if try await uploads.removeExpired(upload.id, at: now) {
                outcome.expired += 1
            }
        } catch let failure as Failure where failure.kind == .forbidden {
            outcome.refused += 1
        } catch {
            outcome.failed += 1
        }
    }

    /// False when it never can be, as its bytes are gone, and its time is over.
    private func isFinished(_ upload: Upload, _ now: Date) async throws -> Bool {
        do {
            return try await finish(upload).state == .finished
        } catch let failure as Failure where failure.kind != .unavailable && upload.expiresAt < now {
            return false
        }
    }

    private func clean(_ holder: UUID, _ outcome: inout Outcome) async throws {
        for _ in 0..<mostBatches {
            let (cleaned, failed) = try await cleanup(batch)
            outcome.cleaned += cleaned
            outcome.failed += failed
            guard cleaned + failed == batch, try await turns.take(holder, for: turnLife) else { break }
        }
        // Twice an upload's life: no row can still be about to name such bytes.
        let longAgo = clock.now - 2 * Double(limits.expiry.components.seconds)
        let (removed, failed) = try await cleanup.removeOrphans(begunBefore: longAgo)
        outcome.orphans += removed
        outcome.failed += failed
    }
}

/// The port to whose turn it is to sweep: of several replicas one does it at a time. Fails: `unavailable`.
public protocol SweepTurns: Sendable {
    /// Takes the turn, or goes on with one's own, for `life`. False while another holder has it.
    func take(_ holder: UUID, for life: Duration) async throws -> Bool

    /// Ends one's own turn; nothing when it is no longer that.
    func giveBack(_ holder: UUID) async throws
}
