public import DomainKit

/// The port to what accounts may do, asked when they are about to do it.
///
/// Each fails with what the account is told when it may not, and with `unavailable` when there is no answer: nothing is
/// allowed that was not said to be.
public protocol VideoRights: Sendable {
    func mayUpload(_ user: UserID) async throws(Failure)

    /// Whether the owner of an upload may still have a video made of it.
    func mayFinish(_ upload: Upload) async throws(Failure)

    /// About a video that the viewer may know of, and as whom.
    func mayWatch(_ video: Video, _ viewer: UserID, as sight: Sight) async throws(Failure)
}
