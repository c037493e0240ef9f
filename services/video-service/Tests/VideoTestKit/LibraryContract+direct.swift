import DomainKit
import Foundation
import VideoDomain

/// Uploads whose bytes come in numbered parts.
extension LibraryContract {
    private func addDirect() async throws -> Upload {
        let (video, begun) = Sample.pair(of: owner, details: try Sample.details(), at: now)
        let upload = Upload(
            id: begun.id, videoID: video.id, ownerID: owner, media: begun.media, size: 10, partSize: 4,
            state: .direct, metadata: nil, createdAt: now, expiresAt: now + 3_600)
        _ = try await uploads.insert(upload, of: video)
        return upload
    }

    func notesSteps() async throws {
        let upload = try await addDirect()
        let digest = String(repeating: "0a", count: 32)
        try hold(try await uploads.find(upload.id, of: owner) == upload, "as it was inserted")
        try hold(try await holdings.holdings(of: owner) == Holdings(uploads: 1, videos: 1, bytes: 10), "it counts")
        try hold(try await uploads.note(.active, of: upload.id, lease) == .leaseLost, "not without the lease")
        try hold(try await uploads.note(.active, of: UploadID(UUID()), lease) == .absent, "nor of what is not there")
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        try hold(try await uploads.finish(upload.id, of: Sample.film, at: now) == nil, "parts alone are no video")
        try hold(try await uploads.note(.completing(sha256: digest), of: upload.id, lease) == .noted, "noted")
        let moved = MediaUpload(key: upload.media.key, id: UUID().uuidString)
        try hold(try await uploads.note(.moved(to: moved), of: upload.id, lease) == .noted, "noted")
        let found = try await uploads.find(upload.id, of: owner)
        try hold(found?.state == .completing && found?.sha256 == digest && found?.media == moved, "all of it")
        _ = try await uploads.note(.active, of: upload.id, lease)
        let again = try await uploads.find(upload.id, of: owner)
        try hold(again?.state == .direct && again?.sha256 == nil && again?.media == moved, "and taken back")
        try hold(try await notes.unknown(among: [upload.media, moved]) == [upload.media], "the former is an orphan")
        _ = try await uploads.note(.completing(sha256: digest), of: upload.id, lease)
        let finished = try await uploads.finish(upload.id, of: Sample.film, at: now)
        try hold(finished?.state == .finished && finished?.isBeingWritten == false, "finished")
        try hold(try await uploads.note(.active, of: upload.id, lease) != .noted, "for good")
        guard let video = try await videos.find(upload.videoID ?? VideoID(UUID()), visibleTo: Viewer(owner)) else {
            return try hold(false, "the video is there")
        }
        try hold(video.state == .ready && video.sha256 == digest, "with its digest")
    }

    func extends() async throws {
        let (upload, other) = (try await addDirect(), try await add().upload)
        let later = now + 9_000
        try hold(try await uploads.extend(upload.id, of: owner, to: later)?.expiresAt == later, "later")
        try hold(try await uploads.extend(upload.id, of: owner, to: now)?.expiresAt == later, "never earlier")
        try hold(
            try await uploads.extend(other.id, of: owner, to: later)?.expiresAt == other.expiresAt, "no other upload")
        try hold(try await uploads.extend(upload.id, of: Sample.user(), to: later) == nil, "one's own alone")
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        _ = try await uploads.note(.completing(sha256: nil), of: upload.id, lease)
        _ = try await uploads.record(0, of: upload.id, lease, expiresAt: later, releasing: true)
        let overdue = try await uploads.overdue(at: now, after: nil, limit: 9)
        try hold(overdue.map(\.id) == [upload.id], "what awaits its end is overdue")
    }
}
