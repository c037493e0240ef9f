import DomainKit
import Foundation
import VideoDomain

/// The part of the contract that is about how much an owner may have.
extension LibraryContract {
    private func held(_ user: UserID? = nil) async throws -> Holdings {
        try await holdings.holdings(of: user ?? owner)
    }

    func countsWhatIsBegun() async throws {
        try hold(try await held() == Holdings(), "nobody has anything at first")
        _ = try await add(size: 10)
        _ = try await add(size: 20)
        _ = try await add(of: Sample.user(), size: 1)
        try hold(try await held() == Holdings(uploads: 2, videos: 2, bytes: 30), "as much as was announced")
        _ = try await add(size: 40, ready: true)
        try hold(try await held() == Holdings(uploads: 2, videos: 3, bytes: 70), "a finished one is under way no more")
    }

    func countsWhatGoes() async throws {
        let cancelled = try await add(size: 1)
        let expired = try await add(size: 2)
        let deleted = try await add(size: 4)
        let finished = try await add(size: 8, ready: true)
        let old = try await add(size: 16, ready: true)
        try hold(try await held() == Holdings(uploads: 3, videos: 5, bytes: 31), "all of them")
        _ = try await uploads.cancel(cancelled.upload.id, of: owner)
        _ = try await uploads.cancel(finished.upload.id, of: owner)
        _ = try await uploads.cancel(cancelled.upload.id, of: owner)
        try hold(try await held() == Holdings(uploads: 2, videos: 4, bytes: 30), "without the one that was cancelled")
        _ = try await uploads.removeExpired(expired.upload.id, at: expired.upload.expiresAt + 1)
        try hold(try await held() == Holdings(uploads: 1, videos: 3, bytes: 28), "without the one that expired")
        _ = try await videos.delete(deleted.video.id, version: 1)
        try hold(try await held() == Holdings(uploads: 0, videos: 2, bytes: 24), "without the one that was deleted")
        _ = try await uploads.removeExpired(old.upload.id, at: old.upload.expiresAt + 1)
        try hold(try await held() == Holdings(uploads: 0, videos: 2, bytes: 24), "a video outlives its upload")
        for video in [finished.video, old.video] { _ = try await videos.delete(video.id, version: 2) }
        try hold(try await held() == Holdings(), "and nothing in the end")
    }

    func keepsLimits() async throws {
        let limits = Holdings(uploads: 2, videos: 3, bytes: 100)
        let first = try await begin(60, limits)
        try hold(try await refusal(41, limits) == .bytes, "not one byte too much")
        let second = try await begin(40, limits)
        try hold(try await refusal(0, limits) == .uploads, "nor a third upload")
        _ = try await uploads.cancel(second.upload.id, of: owner)
        _ = try await add(size: 1, ready: true)
        _ = try await add(size: 1, ready: true)
        try hold(try await refusal(0, limits) == .videos, "nor a fourth video")
        try hold(
            try await held() == Holdings(uploads: 1, videos: 3, bytes: 62), "and nothing of what was refused stays")
        _ = try await begin(7, limits, of: Sample.user())
        try hold(
            try await refusal(1, Holdings(uploads: 0, videos: 0, bytes: 0)) == .uploads,
            "whoever has more than a limit that was lowered begins nothing")
        _ = try await uploads.cancel(first.upload.id, of: owner)
        _ = try await begin(97, Holdings(uploads: 1, videos: 3, bytes: 99))
    }

    func countsOnce() async throws {
        let limits = Holdings(uploads: 1, videos: 1, bytes: 10)
        let (video, upload) = try await begin(10, limits)
        let again = Sample.pair(of: owner, details: video.details, at: now).upload
        let second = Upload(
            id: again.id, videoID: video.id, ownerID: owner, media: again.media, size: 10, metadata: nil,
            createdAt: now, expiresAt: now)
        try hold(try await uploads.insert(second, of: video, within: limits) == upload, "the first is the answer")
        try hold(
            try await uploads.insert(second, of: video, within: Holdings()) == upload, "also when nothing is allowed")
        try hold(try await held() == Holdings(uploads: 1, videos: 1, bytes: 10), "and counts once")
    }

    private func begin(
        _ size: Int64, _ limits: Holdings, of user: UserID? = nil
    ) async throws -> (video: Video, upload: Upload) {
        let pair = Sample.pair(of: user ?? owner, details: try Sample.details(), size: size, at: now)
        try hold(
            try await uploads.insert(pair.upload, of: pair.video, within: limits) == pair.upload, "there is room for it"
        )
        return pair
    }

    /// Which quota it says was full; nil when it was begun.
    private func refusal(_ size: Int64, _ limits: Holdings) async throws -> VideoQuota? {
        do {
            _ = try await begin(size, limits)
            return nil
        } catch let failure as Failure where failure.code == "video.quota-exceeded" {
            let used = try await held()
            return VideoQuota.allCases.first { quota in
                failure.extensions == [
                    "quota": .text(quota.published), "used": .number(used[quota]), "limit": .number(limits[quota]),
                ]
            }
        }
    }
}
