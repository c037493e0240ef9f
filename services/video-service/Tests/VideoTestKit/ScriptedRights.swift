public import DomainKit
import Synchronization
public import VideoDomain

/// Accounts that may do everything but what a test refuses. Where a test says who is a member, others may not watch what is for
/// members, as the platform's rules have it.
public final class ScriptedRights: VideoRights {
    public enum Act: Sendable {
        case upload, finish, watch
    }

    private let refusals = Mutex<[Act: Failure]>([:])
    private let members = Mutex<Set<UserID>?>(nil)

    public init() {}

    public func refuse(_ act: Act, with failure: Failure) { refusals.withLock { $0[act] = failure } }

    public func allow(_ act: Act) { refusals.withLock { $0[act] = nil } }

    /// From now on these alone watch what is for members.
    public func setMembers(_ users: Set<UserID>) { members.withLock { $0 = users } }

    public func mayUpload(_ user: UserID) async throws(Failure) { try require(.upload) }

    public func mayFinish(_ upload: Upload) async throws(Failure) { try require(.finish) }

    public func mayWatch(_ video: Video, _ viewer: UserID, as sight: Sight) async throws(Failure) {
        try require(.watch)
        guard video.ownerID != viewer, sight != .review else { return }
        if video.details.visibility == .private, sight == .itself { throw .videoNotFound }
        guard video.details.visibility == .members, let members = members.withLock({ $0 }) else { return }
        guard members.contains(viewer) else { throw .membershipRequired }
    }

    private func require(_ act: Act) throws(Failure) {
        if let failure = refusals.withLock({ $0[act] }) { throw failure }
    }
}
