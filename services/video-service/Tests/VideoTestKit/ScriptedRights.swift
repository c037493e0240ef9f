public import DomainKit
import Synchronization
public import VideoDomain

/// Accounts that may do everything but what a test refuses.
public final class ScriptedRights: VideoRights {
    public enum Act: Sendable {
        case upload, finish, watch
    }

    private let refusals = Mutex<[Act: Failure]>([:])

    public init() {}

    public func refuse(_ act: Act, with failure: Failure) { refusals.withLock { $0[act] = failure } }

    public func allow(_ act: Act) { refusals.withLock { $0[act] = nil } }

    public func mayUpload(_ user: UserID) async throws(Failure) { try require(.upload) }

    public func mayFinish(_ upload: Upload) async throws(Failure) { try require(.finish) }

    public func mayWatch(_ video: Video, _ viewer: UserID) async throws(Failure) { try require(.watch) }

    private func require(_ act: Act) throws(Failure) {
        if let failure = refusals.withLock({ $0[act] }) { throw failure }
    }
}
