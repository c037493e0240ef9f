public import DomainKit
import Foundation

/// The housekeeping: gives up expired uploads, finishes those a crash left unfinished, removes bytes nobody needs.
///
/// Any number of replicas may do it at once; every step may be repeated.
public struct SweepUploads<Uploads: UploadStore, Media: MediaStore, Notes: AbandonedMediaStore>: Sendable {
    /// What one round did.
    public struct Outcome: Sendable, Hashable {
        public var finished = 0
        public var expired = 0
        public var cleaned = 0
        public var orphans = 0

        public init() {}
    }

    let uploads: Uploads
    let finish: FinishUpload<Uploads, Media>
    let cleanup: MediaCleanup<Notes, Media>
    let clock: any WallClock
    let limits: UploadLimits

    public init(
        uploads: Uploads, finish: FinishUpload<Uploads, Media>, cleanup: MediaCleanup<Notes, Media>,
        clock: any WallClock, limits: UploadLimits
    ) {
        self.uploads = uploads
        self.finish = finish
        self.cleanup = cleanup
        self.clock = clock
        self.limits = limits
    }

    /// One round. Fails: `unavailable`; the next round goes on.
    public func callAsFunction() async throws -> Outcome {
        var outcome = Outcome()
        let now = clock.now
        for upload in try await uploads.overdue(at: now, limit: 100) {
            if upload.awaitsFinish {
                _ = try await finish(upload)
                outcome.finished += 1
            } else if try await uploads.remove(upload.id, expiredAt: now) {
                outcome.expired += 1
            }
        }
        outcome.cleaned = try await cleanup()
        // Twice an upload's life: no row can still be about to name such bytes.
        let idle = now - 2 * Double(limits.expiry.components.seconds)
        outcome.orphans = try await cleanup.removeOrphans(idleSince: idle)
        return outcome
    }
}
