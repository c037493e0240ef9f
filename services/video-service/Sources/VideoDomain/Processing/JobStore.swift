/// The port to what is to be made of videos, one job each, which any worker takes and another one goes on with. Time is the store's.
///
/// A job comes to be with its video being ready, by whatever way that happens, and goes with the video. Their order is fair: an
/// owner's jobs follow one another, each as far behind as the one before it is expected to take, so that one film of a newcomer goes
/// before the hundredth of somebody else, and a short one before a long one of the same moment; none waits for ever.
///
/// What is made under a claim that is not shown in the end, and what was shown of a video that is gone, is left to `MediaCleanup` by
/// the same statement that says so.
///
/// Whoever holds a job says its `claim` with all that it tells of it, and is told false when it holds it no more: the video is gone
/// or taken down, or somebody else went on with it. Fails: `unavailable`.
public protocol JobStore: Sendable {
    /// Takes the first job in the line that nobody holds and that is due, for so long. One that was tried `mostTries` times is set
    /// aside instead, and the next one is looked at. With `largest` those of films of more bytes are passed by. Nil when there is none.
    func claim(for life: Duration, mostTries: Int, largest: Int64?) async throws -> ProcessingJob?

    /// Holds it for so long from now on.
    func renew(_ job: ProcessingJob, progress: Double, for life: Duration) async throws -> Bool

    /// Gives it back as if it had not been taken: the next worker gets it at once.
    func giveBack(_ job: ProcessingJob) async throws -> Bool

    /// It came to nothing and is due again after `pause`; set aside instead, where that is nil. `fault` is for whoever looks after
    /// the service.
    func postpone(_ job: ProcessingJob, for pause: Duration?, fault: String) async throws -> Bool

    /// Shows what was made so far, all of it at once; it goes on. Where renditions are shown already nothing but the measures changes:
    /// they are watched until those of this claim are there.
    func show(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) async throws -> Bool

    /// Shows what was made, all of it at once, and leaves what was shown before to `MediaCleanup`, once nobody has an address of it any
    /// more. It must all be durable by then.
    func finish(_ job: ProcessingJob, _ measures: Measures, _ made: Set<Made>) async throws -> Bool

    /// Shows why nothing is made of it, and what is known of it all the same.
    func skip(_ job: ProcessingJob, _ reason: ProcessingReason, _ measures: Measures?) async throws -> Bool
}

extension JobStore {
    /// As `claim(for:mostTries:largest:)`, of films of any size.
    public func claim(for life: Duration, mostTries: Int) async throws -> ProcessingJob? {
        try await claim(for: life, mostTries: mostTries, largest: nil)
    }
}

/// The port to jobs for whoever looks after the service. Fails: `unavailable`.
public protocol JobDesk: Sendable {
    /// Puts it into the line once more, with all its tries; false while it is in there, and where there is none.
    func retry(_ video: VideoID) async throws -> Bool

    /// Those that were given up, the last ones first.
    func setAside(limit: Int) async throws -> [SetAsideJob]
}
