import DomainKit
import Foundation
import VideoDomain
import VideoStorage

/// What those who answer links ask about their holders.
struct WatchingQuestions: Sendable {
    /// Throws unless somebody may watch a video at this moment.
    let watching: @Sendable (VideoID, Viewer) async throws -> Void
    /// Throws unless somebody may know of it.
    let knowing: @Sendable (VideoID, Viewer) async throws -> Void

    init<Videos: VideoStore>(_ rule: WatchingRule<Videos>, _ videos: Videos) {
        watching = { try await rule($0, for: $1) }
        knowing = { id, viewer in
            guard try await videos.find(id, visibleTo: viewer) != nil else { throw Failure.videoNotFound }
        }
    }
}

extension Viewer {
    /// Who has a link, as far as it says. Its own end is looked at before.
    init(_ holder: LinkHolder) {
        self.init(
            id: holder.userID, roles: holder.isReview ? ["moderator"] : [], expiresAt: .distantFuture,
            sessionID: holder.sessionID, epoch: holder.epoch)
    }
}
