public import DomainKit
public import Foundation

/// The port to what was taken down. What changes is one transaction, with a line in `moderation_actions` of who did it. Fails:
/// `unavailable`.
public protocol RemovalStore: Sendable {
    /// Nil for a video that is not taken down.
    func removal(of video: VideoID) async throws -> Removal?

    /// Takes a video down that is ready, and with that decides all open reports of it; one that is taken down already gets the
    /// reason alone. With `version` only if that is the video's.
    func remove(_ video: VideoID, _ removal: Removal, version: Int64?) async throws -> Change<Video>

    /// Makes a video ready again that was taken down; any other stays as it is.
    func putBack(_ video: VideoID, by moderator: UserID, at time: Date, version: Int64?) async throws -> Change<Video>

    func appeal(_ video: VideoID, _ appeal: Appeal) async throws -> Appealing

    /// Decides an open appeal.
    func decide(_ video: VideoID, _ decision: AppealDecision, _ verdict: Verdict, version: Int64?) async throws
        -> AppealOutcome

    /// Those whose time is over at `time`, the oldest first.
    func overdueRemovals(at time: Date, limit: Int) async throws -> [Video]
}

/// Who decides something, when, and what they say to it.
public struct Verdict: Sendable, Hashable {
    public let by: UserID
    public let at: Date
    public let answer: Statement?

    public init(by: UserID, at: Date, answer: Statement? = nil) {
        self.by = by
        self.at = at
        self.answer = answer
    }
}

/// What came of an appeal.
public enum Appealing: Sendable, Hashable {
    case made(Appeal)
    /// There is one.
    case already(Appeal)
    /// The video is not taken down.
    case notRemoved
    /// The time for it is over.
    case tooLate
}

/// What came of deciding an appeal.
public enum AppealOutcome: Sendable {
    case done(Video)
    /// It was decided before.
    case decided
    /// There is none.
    case absent
    /// The video is at another version.
    case changed
}
